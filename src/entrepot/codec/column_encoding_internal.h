#pragma once

/// \file entrepot/codec/column_encoding_internal.h
/// How each leaf column of a Parquet file is best encoded, judged by a sample of it.

#include <vector>

#include <arrow/type_fwd.h>
#include <parquet/types.h>

namespace entrepot {

/// A leaf column's encoding.
struct ColumnEncoding {
  /// Keep the distinct values once per row group, and refer to them.
  bool dictionary = true;

  /// Without a dictionary.
  parquet::Encoding::type otherwise = parquet::Encoding::PLAIN;

  /// Write the least and greatest value of pages and row groups, for readers that filter.
  bool statistics = true;

  friend bool operator==(const ColumnEncoding&, const ColumnEncoding&) = default;
};

/// A dictionary that grows beyond this is given up by the writer.
inline constexpr std::int64_t kDictionaryLimitBytes = 1 << 20;

/// Returns the encoding of each leaf column below `columns`, in Parquet's order, for row
/// groups of about `group_rows`; more rows than there are in `columns` if those are only
/// the first of a stream. The same values give the same answer. Takes 2 to 10 % of the
/// time that encoding takes, most for short columns.
std::vector<ColumnEncoding> ChooseEncodings(const arrow::ChunkedArrayVector& columns,
                                            std::int64_t group_rows);

}  // namespace entrepot
