#pragma once

/// \file entrepot/asset/partitions_definition.h
/// Into which named slices an asset is divided.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "entrepot/asset/static_partitions.h"
#include "entrepot/asset/time_window_partitions.h"
#include "entrepot/clock.h"
#include "entrepot/result.h"

namespace entrepot {

class PartitionsDefinition;
using PartitionsPtr = std::shared_ptr<const PartitionsDefinition>;

/// The partitions of an asset: an ordered set of keys, which grows with time where they
/// are windows of time. Whoever asks says what time it is. Whether a key exists is
/// computed or looked up, never found by listing. Immutable, shared; safe for concurrent
/// use.
///
///   PartitionsDefinition::Static({"north", "south"})
///   PartitionsDefinition::TimeWindows({.start = "2024-01-01"})  // Days.
///
/// (It shares itself so that the Python bindings can hand it back as the same pointer.)
class PartitionsDefinition : public std::enable_shared_from_this<PartitionsDefinition> {
 public:
  /// Errors: kInvalid  a key twice, or one that CheckPartitionKeyText refuses
  static Result<PartitionsPtr> Static(std::vector<std::string> keys);

  /// Errors: kInvalid  options that define no windows (see TimeWindowPartitions::Make)
  static Result<PartitionsPtr> TimeWindows(TimeWindowOptions options);

  /// The windows, or null where the partitions are no windows of time.
  const TimeWindowPartitions* time_windows() const {
    return std::get_if<TimeWindowPartitions>(&kind_);
  }

  /// The list of keys, or null where there is none.
  const StaticPartitions* static_partitions() const {
    return std::get_if<StaticPartitions>(&kind_);
  }

  std::int64_t Count(UnixMicros now) const;
  bool Has(std::string_view key, UnixMicros now) const;

  /// Returns all keys in order.
  std::vector<std::string> Keys(UnixMicros now) const;

  std::optional<std::string> FirstKey(UnixMicros now) const;
  std::optional<std::string> LastKey(UnixMicros now) const;

  /// Returns success where `key` exists at `now`.
  ///
  /// Errors: kNotFound  it does not; the message has the nearest key and the range
  Status Check(std::string_view key, UnixMicros now) const;

  /// Returns the place of `key` in Keys(now).
  ///
  /// Errors: as Check
  Result<std::int64_t> NumberOf(std::string_view key, UnixMicros now) const;

  /// Returns the key at place `number`, from 0 to Count(now) - 1.
  std::string KeyOf(std::int64_t number) const;

  /// Returns the keys from `first` to `last`, both included.
  ///
  /// Errors: kNotFound  one of them does not exist
  ///         kInvalid   `last` comes before `first`
  Result<std::vector<std::string>> KeysBetween(std::string_view first,
                                               std::string_view last,
                                               UnixMicros now) const;

  /// Returns the key `offset` places after (or before) `key`.
  ///
  /// Errors: kNotFound  `key`, or what would be there, does not exist
  Result<std::string> Neighbour(std::string_view key, std::int64_t offset,
                                UnixMicros now) const;

  /// Returns the window of time that `key` means; it may lie in the future.
  ///
  /// Errors: kInvalid   the partitions are no windows of time
  ///         kNotFound  `key` is the key of no window
  Result<TimeWindow> WindowOf(std::string_view key) const;

  /// Returns the key of the window that holds `instant`; it may not have ended yet.
  ///
  /// Errors: kInvalid   the partitions are no windows of time
  ///         kNotFound  `instant` is before the first window or after the last
  Result<std::string> KeyAt(UnixMicros instant) const;

  /// Returns a phrase for messages, e.g. "daily from '2024-01-01'".
  std::string Describe() const;

  /// Returns {"kind": "static", "keys": […]}, or {"kind": "time_window", …} with the
  /// fields of TimeWindowOptions.
  std::string ToJson() const;

  /// Reverses ToJson: the result equals what was written.
  ///
  /// Errors: kCorrupt  not such JSON
  static Result<PartitionsPtr> FromJson(std::string_view json);

  friend bool operator==(const PartitionsDefinition& a, const PartitionsDefinition& b) {
    return a.kind_ == b.kind_;
  }

 private:
  // Closed; products of definitions and keys added at run time would be further members.
  using Kind = std::variant<StaticPartitions, TimeWindowPartitions>;

  explicit PartitionsDefinition(Kind kind) : kind_(std::move(kind)) {}

  std::optional<std::int64_t> FindNumber(std::string_view key) const;
  std::vector<std::string> KeysOf(std::int64_t begin, std::int64_t end) const;

  Kind kind_;
};

}  // namespace entrepot
