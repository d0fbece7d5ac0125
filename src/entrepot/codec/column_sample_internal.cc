#include "entrepot/codec/column_sample_internal.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>

#include <arrow/array.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/checked_cast.h>

namespace entrepot {
namespace {

using arrow::internal::checked_cast;

constexpr std::int64_t kMaxScattered = 2048;
constexpr std::int64_t kMinScattered = 128;
constexpr std::int64_t kMaxInRuns = 8192;
constexpr std::int64_t kMinInRuns = 256;
constexpr std::int64_t kRuns = 8;
constexpr size_t kMaxRunBytes = 32 << 10;

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

// The repetitions in a sample tell how many distinct values the whole column has (Chao's
// estimator: seen + once² / 2 twice). It tells 50,000 distinct values from 5 million.
struct Repetitions {
  explicit Repetitions(std::vector<std::uint64_t> hashes) {
    std::ranges::sort(hashes);
    const auto all = static_cast<double>(hashes.size());
    for (auto begin = hashes.begin(); begin != hashes.end();) {
      const auto end =
          std::find_if(begin, hashes.end(), [&](auto hash) { return hash != *begin; });
      const auto count = static_cast<double>(end - begin);
      ++seen;
      once += count == 1;
      twice += count == 2;
      equal_by_chance += count * count / (all * all);
      begin = end;
    }
  }

  double EstimateDistinct() const { return seen + once * (once - 1) / (2 * (twice + 1)); }

  double seen = 0;             // Distinct values.
  double once = 0;             // Those seen once,
  double twice = 0;            // and twice.
  double equal_by_chance = 0;  // Share of equal pairs if the order is random.
};

// Compares each value with the one looked at before.
class OrderOfNeighbours {
 public:
  void Add(std::string_view value) {
    if (num_values_++ > 0) {
      const int order = last_.compare(value);
      ups_ += order < 0;
      downs_ += order > 0;
      equals_ += order == 0;
    }
    last_ = value;
  }

  // Whether the column is mostly sorted, or has long stretches of equal values.
  bool IsClustered(double equal_by_chance) const {
    const double pairs = ups_ + downs_ + equals_;
    return std::abs(ups_ - downs_) > (ups_ + downs_) / 2 ||
           equals_ > pairs * (1 + 2 * equal_by_chance) / 3;
  }

 private:
  std::string_view last_;
  std::int64_t num_values_ = 0;
  double ups_ = 0;
  double downs_ = 0;
  double equals_ = 0;
};

// The run's values that lie in the chunk which begins at `chunk_begin`.
void AddRun(const arrow::Array& chunk, std::int64_t begin, std::int64_t end,
            std::vector<std::string_view>& values) {
  VisitValues(chunk, [&](auto value_at) {
    size_t size_bytes = 0;
    for (std::int64_t i = begin; i < end && size_bytes < kMaxRunBytes; ++i) {
      if (chunk.IsNull(i)) continue;
      values.push_back(value_at(i));
      size_bytes += values.back().size();
    }
  });
}

}  // namespace

std::int64_t CountValues(const LeafChunks& chunks) {
  std::int64_t count = 0;
  for (const auto& chunk : chunks) count += chunk->length();
  return count;
}

ScatteredSample SampleScattered(const LeafChunks& chunks) {
  const std::int64_t count = CountValues(chunks);
  const std::int64_t samples =
      std::min(count, std::clamp(count / 64, kMinScattered, kMaxScattered));
  const std::vector<std::int64_t> places = ScatteredPlaces(count, samples);
  std::vector<std::uint64_t> hashes;
  hashes.reserve(places.size());
  OrderOfNeighbours order;
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
        order.Add(value);
        size_bytes += static_cast<double>(value.size());
      }
    });
    place = next;
    chunk_begin = chunk_end;
  }
  if (hashes.empty()) return {};
  const auto num_values = static_cast<double>(hashes.size());
  const Repetitions repetitions(std::move(hashes));
  // Of what was seen as a whole, all is known.
  const bool is_whole = samples == count;
  return {.num_values = num_values,
          .distinct = is_whole ? repetitions.seen : repetitions.EstimateDistinct(),
          .bytes_per_value = size_bytes / num_values,
          .is_clustered = order.IsClustered(repetitions.equal_by_chance)};
}

std::vector<std::string_view> SampleRuns(const LeafChunks& chunks) {
  const std::int64_t count = CountValues(chunks);
  const std::int64_t length = std::min(count / 32, kMaxInRuns) / kRuns;
  std::vector<std::string_view> values;
  if (length * kRuns < kMinInRuns) return values;
  std::int64_t chunk_begin = 0;
  for (const auto& chunk : chunks) {
    const std::int64_t chunk_end = chunk_begin + chunk->length();
    for (std::int64_t run = 0; run < kRuns; ++run) {
      const std::int64_t begin = std::max(run * (count / kRuns), chunk_begin);
      const std::int64_t end = std::min(run * (count / kRuns) + length, chunk_end);
      if (begin < end) AddRun(*chunk, begin - chunk_begin, end - chunk_begin, values);
    }
    chunk_begin = chunk_end;
  }
  // Nearly all are null.
  if (values.size() < static_cast<size_t>(kMinInRuns) / 4) values.clear();
  return values;
}

}  // namespace entrepot
