#pragma once

/// \file entrepot/asset/time_window_partitions.h
/// Partitions that are windows of time: hours, days, weeks or months of one time zone.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "entrepot/clock.h"
#include "entrepot/result.h"

namespace entrepot {

class TimeFormat;
class TimeZone;

/// An interval of time, closed at its start and open at its end.
struct TimeWindow {
  UnixMicros start = 0;
  UnixMicros end = 0;
  std::string timezone = "UTC";  ///< In which a person would read the two.

  friend bool operator==(const TimeWindow&, const TimeWindow&) = default;
};

/// How often a window starts.
enum class Cadence { kHourly, kDaily, kWeekly, kMonthly };

/// Returns "hourly", "daily", "weekly" or "monthly".
std::string_view ToString(Cadence cadence);

/// What defines windows of time. `start` and `end` are written in `format`, or as ISO
/// 8601 ("2024-01-31", "2024-01-31T07:30:00", "2024-01-31T07:30:00+01:00"), to the
/// second; without an offset they are wall time in `timezone`.
struct TimeWindowOptions {
  Cadence cadence = Cadence::kDaily;
  /// The first window is the first that starts here or later.
  std::string start;
  /// No window ends later. Empty: there is no last one.
  std::string end = {};
  /// A name of the IANA time zone database.
  std::string timezone = "UTC";
  /// Of keys: %Y %y %m %b %B %d %H %M %S %z %%, as strftime writes them. Empty:
  /// "%Y-%m-%d", and "%Y-%m-%d-%H:%M" for hours.
  std::string format = {};
  /// Windows start so many minutes past the hour,
  int minute_offset = 0;
  /// at this hour of the day (not for hours),
  int hour_offset = 0;
  /// and on this day: of the week (0, the default, is Sunday), or of the month (1, the
  /// default, to 28).
  std::optional<int> day_offset = {};
  /// So many more (or fewer) windows than those that have ended.
  int end_offset = 0;

  friend bool operator==(const TimeWindowOptions&, const TimeWindowOptions&) = default;
};

/// Sets cadence and offsets from a cron schedule of one of the forms "M * * * *",
/// "M H * * *", "M H * * D" and "M H D * *".
///
/// Errors: kUnsupported  any other form
Status SetCronSchedule(TimeWindowOptions& options, std::string_view cron);

/// A sequence of windows that follow each other without a gap, counted from 0, each with
/// a key: how its start is written. All is computed from the number, nothing is listed.
///
/// A window starts when the clocks of the zone show its time. Where they skip that time
/// it starts at the change, and where they show it twice, the second time; days of a
/// change have 23 or 25 hours. Keys of days, weeks and months show the scheduled time. An
/// hour is always 3,600 seconds; the second of two hours of the same name has its UTC
/// offset appended to its key ("2024-11-03-01:00" and "2024-11-03-01:00-0500"). All of
/// this but keys that show a skipped time is what Dagster does.
///
/// Immutable; safe for concurrent use. Cheap to copy.
class TimeWindowPartitions {
 public:
  /// Errors: kInvalid      an offset out of range, an unknown time zone, a start or end
  ///                       that cannot be read, no window between them, a format whose
  ///                       keys would not tell windows apart
  ///         kUnavailable  there is no time zone database on this machine
  static Result<TimeWindowPartitions> Make(TimeWindowOptions options);

  /// The options, completed: `start` and `end` are where the first window starts and the
  /// last one ends, as ISO 8601 with offset; `format` and `day_offset` are set (the
  /// latter for weeks and months).
  const TimeWindowOptions& options() const { return options_; }

  /// Returns how many windows there are at `now`: those that have ended, and `end_offset`
  /// more.
  std::int64_t Count(UnixMicros now) const;

  /// Returns the key of the window of that number, which need not exist at any time.
  std::string KeyOf(std::int64_t number) const;

  /// Returns the window of that key, or nullopt where it is the key of none between
  /// `start` and `end`. The window may lie in the future.
  std::optional<std::int64_t> NumberOf(std::string_view key) const;

  /// Returns the window that holds `instant`; negative before the first.
  std::int64_t NumberAt(UnixMicros instant) const;

  /// Returns a window at or near the time that `text` shows in the keys' format, a key or
  /// not; nullopt where it is no time in that format.
  std::optional<std::int64_t> NumberNear(std::string_view text) const;

  /// Returns when the window of that number starts and ends.
  TimeWindow WindowOf(std::int64_t number) const;

  /// Returns e.g. "daily from '2024-01-01' to '2024-12-31' in Europe/Berlin".
  std::string Describe() const;

  /// Whether both are the same windows with the same keys.
  friend bool operator==(const TimeWindowPartitions& a, const TimeWindowPartitions& b) {
    return a.options_ == b.options_;  // Completed: what is equal has been made equal.
  }

 private:
  TimeWindowPartitions() = default;

  std::chrono::sys_seconds StartOf(std::int64_t tick) const;
  std::int64_t TickAt(std::chrono::sys_seconds instant) const;
  std::int64_t FirstTickFrom(std::chrono::sys_seconds instant) const;
  Result<std::chrono::sys_seconds> ReadTime(std::string_view what,
                                            std::string_view text) const;

  TimeWindowOptions options_;
  std::shared_ptr<const TimeZone> zone_;
  std::shared_ptr<const TimeFormat> format_;
  std::shared_ptr<const TimeFormat> format_with_offset_;  // Of the second of two hours.
  std::chrono::seconds hour_phase_{0};  // Where in an hour of UTC hourly windows start.
  std::int64_t first_ = 0;              // The tick of window 0.
  std::optional<std::int64_t> limit_;   // How many windows `end` leaves.
};

}  // namespace entrepot
