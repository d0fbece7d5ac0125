/// \file entrepot/codec/column_encoding_internal.cc
/// Choosing the encodings of a Parquet file.
///
/// Two samples are taken of every leaf column:
///
///   scattered   up to 2,048 values, one from a random place in each equal stretch of the
///               column (not every n-th: columns are often periodic). Their repetitions
///               estimate how many distinct values the whole column has (Chao's
///               estimator: d + f1²/2f2, where f1 values were seen once and f2 twice),
///               which tells 50,000 distinct values, worth a dictionary, from 5 million,
///               which are not.
///   runs        8 runs of neighbours, up to 8,192 values in all, of columns long enough.
///               They show what the alternative to a dictionary costs: PLAIN is
///               compressed as it will be, and compared with the layout that suits the
///               type: DELTA_BINARY_PACKED for integers and times, BYTE_STREAM_SPLIT for
///               floats, DELTA_LENGTH_BYTE_ARRAY for text.
///
/// The random places are the same in every run, so equal tables give equal files.

#include "entrepot/codec/column_encoding_internal.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/compression.h>
#include <arrow/util/parallel.h>

#include "entrepot/codec/leaves_internal.h"

namespace entrepot {
namespace {

using arrow::internal::checked_cast;
using Chunks = std::vector<std::shared_ptr<arrow::Array>>;

constexpr std::int64_t kMaxScattered = 2048;
constexpr std::int64_t kMinScattered = 128;
constexpr std::int64_t kMaxInRuns = 8192;
constexpr std::int64_t kMinInRuns = 256;
constexpr std::int64_t kRuns = 8;
constexpr size_t kMaxRunBytes = 32 << 10;

// ---- Values as bytes
// -------------------------------------------------------------------

template <typename ArrayType, typename Visit>
void VisitViews(const arrow::Array& chunk, Visit&& visit) {
  const auto& views = checked_cast<const ArrayType&>(chunk);
  visit([&](std::int64_t i) { return std::string_view(views.GetView(i)); });
}

// Calls `visit` with a function from an index to that value's bytes; not at all for types
// that have no bytes of their own (bool, null).
template <typename Visit>
void VisitValues(const arrow::Array& chunk, Visit&& visit) {
  switch (chunk.type_id()) {
    case arrow::Type::BINARY:
    case arrow::Type::STRING:
      return VisitViews<arrow::BinaryArray>(chunk, visit);
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::LARGE_STRING:
      return VisitViews<arrow::LargeBinaryArray>(chunk, visit);
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::STRING_VIEW:
      return VisitViews<arrow::BinaryViewArray>(chunk, visit);
    case arrow::Type::BOOL:
      return;
    default:
      break;
  }
  if (!arrow::is_fixed_width(chunk.type_id())) return;
  const auto width = static_cast<size_t>(
      checked_cast<const arrow::FixedWidthType&>(*chunk.type()).bit_width() / 8);
  const char* data = chunk.data()->GetValues<char>(1, 0);
  if (data == nullptr) return;
  visit([=, &chunk](std::int64_t i) {
    return std::string_view(data + static_cast<size_t>(chunk.offset() + i) * width,
                            width);
  });
}

std::int64_t CountValues(const Chunks& chunks) {
  std::int64_t count = 0;
  for (const auto& chunk : chunks) count += chunk->length();
  return count;
}

// ---- Distinct values
// -------------------------------------------------------------------

std::uint64_t SplitMix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// One place in each of `samples` equal stretches of `count` values, ascending.
std::vector<std::int64_t> ScatteredPlaces(std::int64_t count, std::int64_t samples) {
  std::vector<std::int64_t> places(static_cast<size_t>(samples));
  std::uint64_t state = 7;
  for (std::int64_t i = 0; i < samples; ++i) {
    const std::int64_t begin = count / samples * i + count % samples * i / samples;
    const std::int64_t end =
        count / samples * (i + 1) + count % samples * (i + 1) / samples;
    places[static_cast<size_t>(i)] =
        begin + static_cast<std::int64_t>(SplitMix(state) %
                                          static_cast<std::uint64_t>(end - begin));
  }
  return places;
}

struct Scattered {
  double values = 0;    // Sampled, without nulls.
  double distinct = 0;  // Estimate for all values like these.
  double bytes_per_value = 0;
};

double EstimateDistinct(std::vector<std::uint64_t>& hashes) {
  std::ranges::sort(hashes);
  double distinct = 0;
  double once = 0;
  double twice = 0;
  for (auto begin = hashes.begin(); begin != hashes.end();) {
    const auto end =
        std::find_if(begin, hashes.end(), [&](auto h) { return h != *begin; });
    ++distinct;
    once += end - begin == 1;
    twice += end - begin == 2;
    begin = end;
  }
  return distinct + once * (once - 1) / (2 * (twice + 1));
}

Scattered SampleScattered(const Chunks& chunks) {
  const std::int64_t count = CountValues(chunks);
  const std::int64_t samples =
      std::min(count, std::clamp(count / 64, kMinScattered, kMaxScattered));
  const std::vector<std::int64_t> places = ScatteredPlaces(count, samples);
  std::vector<std::uint64_t> hashes;
  hashes.reserve(places.size());
  double size_bytes = 0;
  auto place = places.begin();
  std::int64_t chunk_begin = 0;
  for (const auto& chunk : chunks) {
    const std::int64_t chunk_end = chunk_begin + chunk->length();
    const auto next = std::lower_bound(place, places.end(), chunk_end);
    VisitValues(*chunk, [&](auto value_at) {
      for (auto p = place; p != next; ++p) {
        if (chunk->IsNull(*p - chunk_begin)) continue;
        const std::string_view value = value_at(*p - chunk_begin);
        hashes.push_back(std::hash<std::string_view>()(value));
        size_bytes += static_cast<double>(value.size());
      }
    });
    place = next;
    chunk_begin = chunk_end;
  }
  if (hashes.empty()) return {};
  const auto values = static_cast<double>(hashes.size());
  // Of what was seen as a whole, all is known.
  const bool is_whole = samples == count;
  const double distinct =
      is_whole ? static_cast<double>((std::ranges::sort(hashes),
                                      std::unique(hashes.begin(), hashes.end())) -
                                     hashes.begin())
               : EstimateDistinct(hashes);
  return {.values = values, .distinct = distinct, .bytes_per_value = size_bytes / values};
}

// ---- Layouts
// ---------------------------------------------------------------------------

using Runs = std::vector<std::string_view>;

Runs SampleRuns(const Chunks& chunks) {
  const std::int64_t count = CountValues(chunks);
  const std::int64_t run = std::min(count / 32, kMaxInRuns) / kRuns;
  Runs values;
  if (run * kRuns < kMinInRuns) return values;
  std::int64_t next_run = 0;
  std::int64_t chunk_begin = 0;
  for (const auto& chunk : chunks) {
    const std::int64_t chunk_end = chunk_begin + chunk->length();
    VisitValues(*chunk, [&](auto value_at) {
      for (; next_run < kRuns && next_run * (count / kRuns) < chunk_end; ++next_run) {
        size_t size_bytes = 0;
        // A run ends early with its chunk.
        const std::int64_t begin =
            std::max(next_run * (count / kRuns), chunk_begin) - chunk_begin;
        const std::int64_t end = std::min(begin + run, chunk->length());
        for (std::int64_t i = begin; i < end && size_bytes < kMaxRunBytes; ++i) {
          if (chunk->IsNull(i)) continue;
          values.push_back(value_at(i));
          size_bytes += values.back().size();
        }
      }
    });
    chunk_begin = chunk_end;
  }
  return values;
}

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

// ---- Choice
// ----------------------------------------------------------------------------

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

ColumnEncoding ChooseEncoding(const Chunks& chunks, std::int64_t group_rows) {
  if (chunks.empty() || CountValues(chunks) == 0) return {};
  const auto type = chunks.front()->type_id();
  const bool is_text =
      arrow::is_base_binary_like(type) || arrow::is_binary_view_like(type);
  const Scattered scattered = SampleScattered(chunks);
  if (scattered.values == 0) return {};
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
          .otherwise = layout.encoding};
}

}  // namespace

std::vector<ColumnEncoding> ChooseEncodings(const arrow::ChunkedArrayVector& columns,
                                            std::int64_t group_rows) {
  std::vector<Chunks> leaves;
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
