#pragma once

/// \file benchmarks/event_log/long_history.h
/// The history that every competitor logs: passes over 1,000 assets, one run a pass.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace entrepot::benchmarks {

/// Materializations are numbered in the order of logging. Every other asset has
/// partitions, which the passes take in turn. Plain data.
struct LongHistory {
  static constexpr std::int64_t kAssets = 1000;
  static constexpr std::int64_t kPartitions = 50;
  static constexpr int kPage = 100;  ///< Rows of a history that are asked for at once.

  std::int64_t count = 0;  ///< Materializations; a multiple of kAssets.

  static std::int64_t AssetOf(std::int64_t number) { return number % kAssets; }
  static std::int64_t PassOf(std::int64_t number) { return number / kAssets; }
  static bool IsPartitioned(std::int64_t asset) { return asset % 2 == 1; }
  static std::optional<std::string> PartitionOf(std::int64_t number) {
    if (!IsPartitioned(AssetOf(number))) return std::nullopt;
    return fmt::format("day-{:02}", PassOf(number) % kPartitions);
  }
  static std::string KeyOf(std::int64_t asset) {
    return fmt::format("warehouse/area-{:02}/table-{:03}", asset % 20, asset);
  }
  static std::string PathOf(std::int64_t number) {
    const auto partition = PartitionOf(number);
    return KeyOf(AssetOf(number)) +
           (partition ? "/partition=" + *partition + "/value.parquet" : ".parquet");
  }

  /// The materializations of the same pass that this one read: a tree and a chain.
  static std::vector<std::int64_t> Sources(std::int64_t number) {
    const std::int64_t asset = AssetOf(number);
    const std::int64_t first = number - asset;
    if (asset == 0) return {};
    if (asset == 1) return {first};
    return {first + asset - 1, first + (asset - 1) / 2};
  }

  /// Those of the same pass that read this one, oldest first.
  static std::vector<std::int64_t> Readers(std::int64_t number) {
    const std::int64_t asset = AssetOf(number);
    std::vector<std::int64_t> readers;
    for (const std::int64_t reader : {asset + 1, 2 * asset + 1, 2 * asset + 2}) {
      const bool is_new = readers.empty() || number - asset + reader > readers.back();
      if (is_new && reader < kAssets) readers.push_back(number - asset + reader);
    }
    return readers;
  }

  /// The page of newest materializations of an asset: of all of them, or of those that
  /// are `step` passes apart.
  std::vector<std::int64_t> Newest(std::int64_t number, std::int64_t step) const {
    std::vector<std::int64_t> numbers;
    const std::int64_t last = count - kAssets + AssetOf(number);
    const std::int64_t begin = last - (PassOf(last) - PassOf(number)) % step * kAssets;
    for (std::int64_t i = begin; i >= 0 && numbers.size() < kPage; i -= step * kAssets) {
      numbers.push_back(i);
    }
    return numbers;
  }
  std::vector<std::int64_t> NewestOfAsset(std::int64_t number) const {
    return Newest(number, 1);
  }
  std::vector<std::int64_t> NewestOfPartition(std::int64_t number) const {
    return Newest(number, IsPartitioned(AssetOf(number)) ? kPartitions : 1);
  }

  /// `amount` numbers at random, the same ones every time.
  std::vector<std::int64_t> Sample(int amount) const {
    std::mt19937_64 random(7);
    std::uniform_int_distribution<std::int64_t> any(0, count - 1);
    std::vector<std::int64_t> numbers(static_cast<size_t>(amount));
    std::ranges::generate(numbers, [&] { return any(random); });
    return numbers;
  }
};

}  // namespace entrepot::benchmarks
