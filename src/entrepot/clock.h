#pragma once

/// \file entrepot/clock.h
/// Time as something that can be given, so that tests need not wait.

#include <chrono>
#include <cstdint>
#include <string>

namespace entrepot {

/// Microseconds since the Unix epoch, UTC.
using UnixMicros = std::int64_t;

/// Tells the wall clock. Safe for concurrent use.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMicros Now() const = 0;

  /// The system's clock. Never dies.
  static const Clock& System();
};

/// Formats `time` as UTC, e.g. "2026-03-01T12:00:00.000123Z".
std::string FormatUtc(UnixMicros time);

/// Measures seconds since it was made. One thread at a time.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace entrepot
