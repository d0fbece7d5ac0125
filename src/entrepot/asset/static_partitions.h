#pragma once

/// \file entrepot/asset/static_partitions.h
/// Partitions that are a list of names.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "entrepot/result.h"

namespace entrepot {

/// Unique keys in the order given. Immutable; safe for concurrent use. Cheap to copy.
class StaticPartitions {
 public:
  /// Errors: kInvalid  a key twice, or one that CheckPartitionKeyText refuses
  static Result<StaticPartitions> Make(std::vector<std::string> keys);

  const std::vector<std::string>& keys() const { return state_->keys; }

  /// Returns where `key` stands, or nullopt.
  std::optional<std::int64_t> NumberOf(std::string_view key) const;

  /// Returns e.g. "static keys 'a', 'b'", at most three of them by name.
  std::string Describe() const;

  friend bool operator==(const StaticPartitions& a, const StaticPartitions& b) {
    return a.keys() == b.keys();
  }

 private:
  struct State {
    std::vector<std::string> keys;
    std::unordered_map<std::string_view, std::int64_t> numbers;  // Views of `keys`.
  };
  explicit StaticPartitions(std::shared_ptr<const State> state)
      : state_(std::move(state)) {}

  std::shared_ptr<const State> state_;
};

/// Errors: kInvalid  `key` is empty, or holds "...", which separates the two ends of a
///                   range, or a control character (0x00, 0x07-0x0D), or is not UTF-8
Status CheckPartitionKeyText(std::string_view key);

}  // namespace entrepot
