#pragma once

/// \file entrepot/cli/quantity_internal.h
/// Numbers as people read them.

#include <cstdint>
#include <string>
#include <string_view>

#include "entrepot/clock.h"

namespace entrepot::internal {

/// Returns e.g. "336,776".
std::string FormatCount(std::int64_t count);

/// Returns the count and what is counted, e.g. "1 row", "336,776 rows".
std::string FormatCount(std::int64_t count, std::string_view noun);

/// Returns e.g. "512 B", "1.2 kB", "34.5 MB"; a kB is 1000 bytes.
std::string FormatSize(std::int64_t size_bytes);

/// Returns e.g. "12 µs", "0.4 ms", "38 ms", "4.2 s", "3 min 20 s", "2 h 5 min".
std::string FormatSeconds(double seconds);

/// Returns a UTC time to the second, e.g. "2026-03-01 12:00:00Z".
std::string FormatTime(UnixMicros time);

/// Returns it to the millisecond, e.g. "2026-03-01 12:00:00.123Z".
std::string FormatTimeWithMillis(UnixMicros time);

/// Returns how long before `now` it was, e.g. "12 min ago"; the date after 30 days.
std::string FormatAge(UnixMicros time, UnixMicros now);

}  // namespace entrepot::internal
