/// \file entrepot/codec/column_encoding_internal.cc
/// Choosing the encodings of a Parquet file.
///
/// A dictionary costs its distinct values, once per row group, and an index per row;
/// values from everywhere in the column estimate both. Without one, PLAIN is compared
/// with the layout that suits the type: DELTA_BINARY_PACKED for integers and times,
/// BYTE_STREAM_SPLIT for floats, DELTA_LENGTH_BYTE_ARRAY for text. Runs of neighbours are
/// laid out both ways and compressed as they will be. The cheapest wins.
///
/// Samples are taken from the same places every time, so equal tables give equal files.

#include "entrepot/codec/column_encoding_internal.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/type_traits.h>
#include <arrow/util/compression.h>
#include <arrow/util/parallel.h>

#include "entrepot/codec/column_sample_internal.h"
#include "entrepot/codec/leaves_internal.h"

namespace entrepot {
namespace {

using Runs = std::vector<std::string_view>;

double CompressedBytes(const std::string& bytes) {
  const auto codec = arrow::util::Codec::Create(arrow::Compression::ZSTD, 1);
  if (!codec.ok()) return static_cast<double>(bytes.size());
  const auto* input = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto input_bytes = static_cast<std::int64_t>(bytes.size());
  std::string out(static_cast<size_t>((*codec)->MaxCompressedLen(input_bytes, input)),
                  '\0');
  const auto compressed =
      (*codec)->Compress(input_bytes, input, static_cast<std::int64_t>(out.size()),
                         reinterpret_cast<std::uint8_t*>(out.data()));
  return static_cast<double>(compressed.ValueOr(input_bytes));
}

std::string Concatenated(const Runs& values, bool with_lengths) {
  std::string bytes;
  for (const std::string_view value : values) {
    if (with_lengths) {
      const auto length = static_cast<std::uint32_t>(value.size());
      bytes.append(reinterpret_cast<const char*>(&length), sizeof(length));
    }
    bytes += value;
  }
  return bytes;
}

// The bytes at one position of all values, then those at the next.
std::string Transposed(const Runs& values) {
  const size_t width = values.front().size();
  std::string bytes(values.size() * width, '\0');
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t b = 0; b < width; ++b) bytes[b * values.size() + i] = values[i][b];
  }
  return bytes;
}

// Bytes of the differences of neighbours, bit-packed 32 at a time above their minimum.
double DeltaPackedBytes(std::span<const std::int64_t> values) {
  constexpr size_t kMiniBlock = 32;
  constexpr double kHeaderBytes = 2;
  double size_bytes = 0;
  for (size_t begin = 1; begin < values.size(); begin += kMiniBlock) {
    const size_t end = std::min(begin + kMiniBlock, values.size());
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    for (size_t i = begin; i < end; ++i) {
      const std::uint64_t delta = static_cast<std::uint64_t>(values[i]) -
                                  static_cast<std::uint64_t>(values[i - 1]);
      const bool is_first = i == begin;
      if (is_first ||
          static_cast<std::int64_t>(delta) < static_cast<std::int64_t>(least)) {
        least = delta;
      }
      if (is_first ||
          static_cast<std::int64_t>(delta) > static_cast<std::int64_t>(most)) {
        most = delta;
      }
    }
    const int bits = std::bit_width(most - least);
    size_bytes += kHeaderBytes + static_cast<double>(bits) * kMiniBlock / 8;
  }
  return size_bytes;
}

std::vector<std::int64_t> AsIntegers(const Runs& values) {
  std::vector<std::int64_t> integers(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].size() == sizeof(std::int64_t)) {
      std::memcpy(&integers[i], values[i].data(), sizeof(std::int64_t));
    } else {
      std::int32_t narrow = 0;
      std::memcpy(&narrow, values[i].data(), sizeof(narrow));
      integers[i] = narrow;
    }
  }
  return integers;
}

std::vector<std::int64_t> Lengths(const Runs& values) {
  std::vector<std::int64_t> lengths;
  for (const auto& value : values)
    lengths.push_back(static_cast<std::int64_t>(value.size()));
  return lengths;
}

struct Layout {
  parquet::Encoding::type encoding = parquet::Encoding::PLAIN;
  double bytes_per_value = 0;  // Compressed.
};

// Another layout than PLAIN has to be this much smaller.
constexpr double kWorthwhile = 0.97;

Layout BestOf(const Runs& values, bool is_text, parquet::Encoding::type other,
              double other_bytes) {
  const double plain_bytes = CompressedBytes(Concatenated(values, is_text));
  const auto count = static_cast<double>(values.size());
  if (other_bytes < kWorthwhile * plain_bytes) return {other, other_bytes / count};
  return {parquet::Encoding::PLAIN, plain_bytes / count};
}

Layout ChooseLayout(arrow::Type::type type, const Runs& values) {
  switch (type) {
    case arrow::Type::INT32:
    case arrow::Type::UINT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT64:
    case arrow::Type::DATE32:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return BestOf(values, false, parquet::Encoding::DELTA_BINARY_PACKED,
                    DeltaPackedBytes(AsIntegers(values)));
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return BestOf(values, false, parquet::Encoding::BYTE_STREAM_SPLIT,
                    CompressedBytes(Transposed(values)));
    case arrow::Type::BINARY:
    case arrow::Type::STRING:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::STRING_VIEW:
      return BestOf(values, true, parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY,
                    CompressedBytes(Concatenated(values, false)) +
                        DeltaPackedBytes(Lengths(values)));
    default:
      return BestOf(values, false, parquet::Encoding::PLAIN, HUGE_VAL);
  }
}

// Repeated neighbours are kept once, with their count.
double MeanRunLength(const Runs& values) {
  double changes = 1;
  for (size_t i = 1; i < values.size(); ++i) changes += values[i] != values[i - 1];
  return static_cast<double>(values.size()) / changes;
}

double IndexBytes(double distinct, double mean_run_length) {
  constexpr double kLongRun = 16;
  constexpr double kRunHeaderBytes = 2;
  const double bytes = std::ceil(std::log2(std::max(distinct, 2.0))) / 8;
  if (mean_run_length < kLongRun) return bytes;
  return (bytes + kRunHeaderBytes) / mean_run_length;
}

// Finding the least and the greatest of many texts takes long, and where values lie in no
// order, every page has nearly the same two.
constexpr double kManyValues = 64 << 10;

ColumnEncoding ChooseEncoding(const LeafChunks& chunks, std::int64_t group_rows) {
  if (chunks.empty() || CountValues(chunks) == 0) return {};
  const auto type = chunks.front()->type_id();
  const bool is_text =
      arrow::is_base_binary_like(type) || arrow::is_binary_view_like(type);
  const ScatteredSample scattered = SampleScattered(chunks);
  if (scattered.num_values == 0) return {};
  const double value_bytes = scattered.bytes_per_value + (is_text ? 4 : 0);
  const Runs runs = SampleRuns(chunks);
  const Layout layout =
      runs.empty() ? Layout{.bytes_per_value = value_bytes} : ChooseLayout(type, runs);
  // A dictionary of text also saves writer and reader from going through every value.
  const double affordable = is_text
                                ? std::max(2.0 * layout.bytes_per_value, value_bytes / 4)
                                : 1.1 * layout.bytes_per_value;
  const auto count = static_cast<double>(CountValues(chunks));
  const double rows = std::max(1.0, static_cast<double>(group_rows));
  const double distinct = std::min(scattered.distinct, std::max(count, rows));
  const double dictionary_bytes = distinct * value_bytes;
  const double bytes_with_dictionary =
      IndexBytes(distinct, runs.empty() ? 1 : MeanRunLength(runs)) +
      std::min(distinct, rows) * value_bytes / rows;
  const bool fits = dictionary_bytes <= 0.75 * kDictionaryLimitBytes;
  return {.dictionary = fits && bytes_with_dictionary <= affordable,
          .otherwise = layout.encoding,
          .statistics = !is_text || scattered.is_clustered || count < kManyValues};
}

}  // namespace

std::vector<ColumnEncoding> ChooseEncodings(const arrow::ChunkedArrayVector& columns,
                                            std::int64_t group_rows) {
  std::vector<LeafChunks> leaves;
  for (const auto& column : columns) {
    const size_t first = leaves.size();
    leaves.resize(first + static_cast<size_t>(CountLeaves(*column->type())));
    for (const auto& chunk : column->chunks()) {
      size_t leaf = first;
      VisitLeaves(chunk, [&](const auto& values) { leaves[leaf++].push_back(values); });
    }
  }
  std::vector<ColumnEncoding> encodings(leaves.size());
  // Nothing in it fails.
  (void)arrow::internal::OptionalParallelFor(
      leaves.size() > 1, static_cast<int>(leaves.size()), [&](int i) {
        encodings[static_cast<size_t>(i)] =
            ChooseEncoding(leaves[static_cast<size_t>(i)], group_rows);
        return arrow::Status::OK();
      });
  return encodings;
}

}  // namespace entrepot
