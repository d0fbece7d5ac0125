#pragma once

/// \file entrepot/codec/column_sample_internal.h
/// Looks at a few values of a leaf column, to judge all of it.

#include <memory>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

namespace entrepot {

/// A leaf column's values, chunk by chunk.
using LeafChunks = std::vector<std::shared_ptr<arrow::Array>>;

/// What values from everywhere in the column tell.
struct ScatteredSample {
  double num_values = 0;  ///< That were looked at, nulls not counted.
  double distinct = 0;    ///< Estimate for all values like these.
  double bytes_per_value = 0;

  /// Equal or similar values lie together: a part of the column may be known not to have
  /// a value by its least and greatest.
  bool is_clustered = false;
};

/// Looks at up to 2,048 values, one at a random place of each equal stretch of the column
/// (not at every n-th: columns are often periodic). The places are the same every time.
ScatteredSample SampleScattered(const LeafChunks& chunks);

/// Returns the bytes of up to 8,192 values in 8 runs of neighbours, without nulls;
/// nothing for short columns. Refers to the chunks.
std::vector<std::string_view> SampleRuns(const LeafChunks& chunks);

/// Returns the number of values, with nulls.
std::int64_t CountValues(const LeafChunks& chunks);

}  // namespace entrepot
