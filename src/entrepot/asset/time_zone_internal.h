#pragma once

/// \file entrepot/asset/time_zone_internal.h
/// What the clocks of a time zone show, and when.

#include <chrono>
#include <memory>
#include <string>

#include "entrepot/result.h"

namespace entrepot {

/// What a clock shows, as seconds since it showed 1970-01-01 00:00.
using WallTime = std::chrono::local_seconds;
using Instant = std::chrono::sys_seconds;

/// A zone of the IANA time zone database, as this machine has it; "UTC" needs none.
/// Immutable; safe for concurrent use. Cheap to copy.
class TimeZone {
 public:
  /// Errors: kInvalid      no zone of that name
  ///         kUnavailable  there is no time zone database on this machine, or it is
  ///         damaged
  static Result<TimeZone> Find(const std::string& name);

  std::chrono::seconds OffsetAt(Instant instant) const;
  WallTime WallAt(Instant instant) const {
    return WallTime((instant + OffsetAt(instant)).time_since_epoch());
  }

  enum class Repeated { kFirst, kSecond };

  /// Returns when the clocks show `wall`: where they skip it, the moment of the change;
  /// where they show it twice, the first or second time, as `repeated` says.
  Instant InstantOf(WallTime wall, Repeated repeated) const;

 private:
  struct State;
  explicit TimeZone(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  std::shared_ptr<const State> state_;  // Null: UTC.
};

}  // namespace entrepot
