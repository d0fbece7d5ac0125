/// \file entrepot/asset/time_window_partitions.cc
/// Arithmetic of windows. A tick is where a window may start; ticks are numbered, so that
/// the number of a window is its tick's minus the first window's:
///
///   hourly   hours of 3,600 s since the Unix epoch, shifted by `hour_phase_`
///   daily    days since 1970-01-01 on the wall
///   weekly   weeks since the first Sunday of 1970 (plus `day_offset`) on the wall
///   monthly  months since the year 0 on the wall
///
/// What the wall shows becomes an instant by the zone, window by window.

#include "entrepot/asset/time_window_partitions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "entrepot/asset/static_partitions.h"
#include "entrepot/asset/time_format_internal.h"
#include "entrepot/asset/time_zone_internal.h"

namespace entrepot {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::seconds;
using Repeated = TimeZone::Repeated;

constexpr std::int64_t kFirstSunday = 3;  // 1970-01-04, in days since the epoch.
constexpr const char* kIso8601 = "%Y-%m-%dT%H:%M:%S%z";

std::int64_t FloorDivide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// The date on which the window of a tick starts.
local_days DateOfTick(const TimeWindowOptions& options, std::int64_t tick) {
  switch (options.cadence) {
    case Cadence::kWeekly:
      return local_days(days(kFirstSunday + *options.day_offset + 7 * tick));
    case Cadence::kMonthly: {
      const std::int64_t year = FloorDivide(tick, 12);
      return local_days(std::chrono::year_month_day(
          std::chrono::year(static_cast<int>(year)),
          std::chrono::month(static_cast<unsigned>(tick - 12 * year + 1)),
          std::chrono::day(static_cast<unsigned>(*options.day_offset))));
    }
    default:
      return local_days(days(tick));
  }
}

// The tick of the week or month of a date, where months begin on the 1st.
std::int64_t TickOfDate(const TimeWindowOptions& options, local_days date) {
  const std::int64_t day = date.time_since_epoch().count();
  switch (options.cadence) {
    case Cadence::kWeekly:
      return FloorDivide(day - kFirstSunday - *options.day_offset, 7);
    case Cadence::kMonthly: {
      const std::chrono::year_month_day calendar(date);
      return std::int64_t{12} * static_cast<int>(calendar.year()) +
             static_cast<unsigned>(calendar.month()) - 1;
    }
    default:
      return day;
  }
}

seconds TimeOfDay(const TimeWindowOptions& options) {
  return hours(options.hour_offset) + minutes(options.minute_offset);
}

Status CheckOffset(const TimeWindowOptions& options, const char* name, int value,
                   int least, int most) {
  if (value >= least && value <= most) return {};
  return Invalid("{} of {} partitions must be from {} to {}, not {}", name,
                 ToString(options.cadence), least, most, value);
}

Status CheckOffsets(const TimeWindowOptions& options) {
  const bool hourly = options.cadence == Cadence::kHourly;
  ENTREPOT_RETURN_IF_ERROR(
      CheckOffset(options, "minute_offset", options.minute_offset, 0, 59));
  ENTREPOT_RETURN_IF_ERROR(
      CheckOffset(options, "hour_offset", options.hour_offset, 0, hourly ? 0 : 23));
  switch (options.cadence) {
    case Cadence::kWeekly:
      return CheckOffset(options, "day_offset", *options.day_offset, 0, 6);
    case Cadence::kMonthly:  // Not every month has more than 28 days.
      return CheckOffset(options, "day_offset", *options.day_offset, 1, 28);
    default:
      return CheckOffset(options, "day_offset", options.day_offset.value_or(0), 0, 0);
  }
}

// Fails where two windows would have the same key.
Status CheckTellsApart(const TimeFormat& format, Cadence cadence) {
  struct Needed {
    const char* what;
    const char* directives;
    Cadence longest;  // Cadences up to this one need it.
  };
  constexpr std::array<Needed, 4> kNeeded = {{{"year", "Yy", Cadence::kMonthly},
                                              {"month", "mbB", Cadence::kMonthly},
                                              {"day", "d", Cadence::kWeekly},
                                              {"hour", "H", Cadence::kHourly}}};
  for (const Needed& needed : kNeeded) {
    if (cadence > needed.longest || format.ShowsAnyOf(needed.directives)) continue;
    return Invalid(
        "keys written as '{}' would not tell {} partitions apart: the format shows no "
        "{} (%{})",
        format.text(), ToString(cadence), needed.what, needed.directives[0]);
  }
  return {};
}

Result<std::shared_ptr<const TimeFormat>> ParseFormat(std::string text) {
  ENTREPOT_ASSIGN_OR_RETURN(TimeFormat format, TimeFormat::Parse(std::move(text)));
  return std::make_shared<const TimeFormat>(std::move(format));
}

UnixMicros ToMicros(Instant instant) {
  return std::chrono::microseconds(instant.time_since_epoch()).count();
}

Instant FromMicros(UnixMicros time) {
  return floor<seconds>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(time)));
}

std::string WriteIso8601(const TimeZone& zone, Instant instant) {
  return TimeFormat::Parse(kIso8601).value().Write(zone.WallAt(instant),
                                                   zone.OffsetAt(instant));
}

std::vector<std::string_view> SplitAtSpaces(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<int> ReadNumber(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

}  // namespace

std::string_view ToString(Cadence cadence) {
  constexpr std::array<std::string_view, 4> kNames = {"hourly", "daily", "weekly",
                                                      "monthly"};
  return kNames[static_cast<size_t>(cadence)];
}

Status SetCronSchedule(TimeWindowOptions& options, std::string_view cron) {
  const std::vector<std::string_view> parts = SplitAtSpaces(cron);
  const Error unsupported = Unsupported(
      "cron schedule '{}' is none of 'M * * * *', 'M H * * *', 'M H * * D' and 'M H D * "
      "*' "
      "with numbers for letters; other cadences are not supported",
      cron);
  if (parts.size() != 5 || parts[3] != "*") return unsupported;
  std::array<std::optional<int>, 5> numbers;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == "*") continue;
    numbers[i] = ReadNumber(parts[i]);
    if (!numbers[i]) return unsupported;
  }
  const auto [minute, hour, day_of_month, month, day_of_week] = numbers;
  const bool on_a_day = day_of_month || day_of_week;
  if (!minute || (on_a_day && !hour) || (day_of_month && day_of_week)) return unsupported;
  options.cadence = day_of_month  ? Cadence::kMonthly
                    : day_of_week ? Cadence::kWeekly
                    : hour        ? Cadence::kDaily
                                  : Cadence::kHourly;
  options.minute_offset = *minute;
  options.hour_offset = hour.value_or(0);
  options.day_offset = day_of_month ? day_of_month : day_of_week;
  return {};
}

Result<TimeWindowPartitions> TimeWindowPartitions::Make(TimeWindowOptions options) {
  const bool hourly = options.cadence == Cadence::kHourly;
  if (options.format.empty()) options.format = hourly ? "%Y-%m-%d-%H:%M" : "%Y-%m-%d";
  if (options.cadence >= Cadence::kWeekly && !options.day_offset) {
    options.day_offset = options.cadence == Cadence::kMonthly ? 1 : 0;
  }
  ENTREPOT_RETURN_IF_ERROR(CheckOffsets(options));
  if (options.cadence < Cadence::kWeekly) options.day_offset.reset();

  TimeWindowPartitions made;
  ENTREPOT_ASSIGN_OR_RETURN(TimeZone zone, TimeZone::Find(options.timezone));
  made.zone_ = std::make_shared<const TimeZone>(zone);
  ENTREPOT_RETURN_IF_ERROR(CheckPartitionKeyText(options.format));
  ENTREPOT_ASSIGN_OR_RETURN(made.format_, ParseFormat(options.format));
  ENTREPOT_RETURN_IF_ERROR(CheckTellsApart(*made.format_, options.cadence));
  made.format_with_offset_ = made.format_;
  if (hourly && !made.format_->ShowsAnyOf("z")) {
    ENTREPOT_ASSIGN_OR_RETURN(made.format_with_offset_,
                              ParseFormat(options.format + "%z"));
  }
  made.options_ = std::move(options);

  ENTREPOT_ASSIGN_OR_RETURN(const Instant start,
                            made.ReadTime("start", made.options_.start));
  if (hourly) {
    const seconds past_the_hour =
        minutes(made.options_.minute_offset) - (zone.OffsetAt(start) % hours(1));
    made.hour_phase_ = (past_the_hour + hours(1)) % hours(1);
  }
  made.first_ = made.FirstTickFrom(start);
  made.options_.start = WriteIso8601(zone, made.StartOf(made.first_));
  if (made.options_.end.empty()) return made;

  ENTREPOT_ASSIGN_OR_RETURN(const Instant end, made.ReadTime("end", made.options_.end));
  made.limit_ = made.TickAt(end) - made.first_;
  if (*made.limit_ <= 0) {
    return Invalid(
        "there are no {} partitions: the first starts at {}, and none ends by '{}'",
        ToString(made.options_.cadence), made.options_.start, made.options_.end);
  }
  made.options_.end = WriteIso8601(zone, made.StartOf(made.first_ + *made.limit_));
  return made;
}

Result<Instant> TimeWindowPartitions::ReadTime(std::string_view what,
                                               std::string_view text) const {
  std::vector<TimeFormat> formats = {*format_, *format_with_offset_};
  for (const char* format :
       {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", kIso8601}) {
    formats.push_back(TimeFormat::Parse(format).value());
  }
  for (const TimeFormat& format : formats) {
    const std::optional<WrittenTime> read = format.Read(text);
    if (!read) continue;
    if (!read->utc_offset) return zone_->InstantOf(read->wall, Repeated::kFirst);
    return Instant((read->wall - *read->utc_offset).time_since_epoch());
  }
  return Invalid(
      "the {} of {} partitions is no time as '{}' writes it, nor ISO 8601 (such as "
      "2024-01-31T07:30): '{}'",
      what, ToString(options_.cadence), format_->text(), text);
}

Instant TimeWindowPartitions::StartOf(std::int64_t tick) const {
  if (options_.cadence == Cadence::kHourly) {
    return Instant(hour_phase_ + hours(tick));
  }
  return zone_->InstantOf(DateOfTick(options_, tick) + TimeOfDay(options_),
                          Repeated::kSecond);
}

std::int64_t TimeWindowPartitions::TickAt(Instant instant) const {
  if (options_.cadence == Cadence::kHourly) {
    return floor<hours>(instant.time_since_epoch() - hour_phase_).count();
  }
  const days into_month(options_.cadence == Cadence::kMonthly ? *options_.day_offset - 1
                                                              : 0);
  const WallTime since = zone_->WallAt(instant) - TimeOfDay(options_) - into_month;
  std::int64_t tick = TickOfDate(options_, floor<days>(since));
  // Near a change of the clocks what the wall shows may be off by one window.
  while (StartOf(tick) > instant) --tick;
  while (StartOf(tick + 1) <= instant) ++tick;
  return tick;
}

std::int64_t TimeWindowPartitions::FirstTickFrom(Instant instant) const {
  const std::int64_t tick = TickAt(instant);
  return StartOf(tick) == instant ? tick : tick + 1;
}

std::int64_t TimeWindowPartitions::Count(UnixMicros now) const {
  const std::int64_t count = NumberAt(now) + options_.end_offset;
  return std::clamp<std::int64_t>(count, 0, limit_.value_or(std::max(count, INT64_C(0))));
}

std::string TimeWindowPartitions::KeyOf(std::int64_t number) const {
  const std::int64_t tick = first_ + number;
  const Instant start = StartOf(tick);
  if (options_.cadence != Cadence::kHourly) {
    return format_->Write(DateOfTick(options_, tick) + TimeOfDay(options_),
                          zone_->OffsetAt(start));
  }
  const seconds offset = zone_->OffsetAt(start);
  const WallTime wall((start + offset).time_since_epoch());
  const bool second_of_two = zone_->InstantOf(wall, Repeated::kFirst) != start;
  return (second_of_two ? format_with_offset_ : format_)->Write(wall, offset);
}

std::optional<std::int64_t> TimeWindowPartitions::NumberNear(
    std::string_view text) const {
  std::optional<WrittenTime> read = format_->Read(text);
  if (!read) read = format_with_offset_->Read(text);
  if (!read) return std::nullopt;
  if (options_.cadence != Cadence::kHourly) {
    return TickOfDate(options_, floor<days>(read->wall)) - first_;
  }
  const Instant shown = read->utc_offset
                            ? Instant((read->wall - *read->utc_offset).time_since_epoch())
                            : zone_->InstantOf(read->wall, Repeated::kFirst);
  // A key that does not show minutes means the window that starts in its hour.
  return (format_->ShowsAnyOf("M") ? TickAt(shown) : FirstTickFrom(shown)) - first_;
}

std::optional<std::int64_t> TimeWindowPartitions::NumberOf(std::string_view key) const {
  const std::optional<std::int64_t> number = NumberNear(key);
  if (!number || *number < 0 || (limit_ && *number >= *limit_)) return std::nullopt;
  if (KeyOf(*number) != key) return std::nullopt;
  return number;
}

std::int64_t TimeWindowPartitions::NumberAt(UnixMicros instant) const {
  return TickAt(FromMicros(instant)) - first_;
}

TimeWindow TimeWindowPartitions::WindowOf(std::int64_t number) const {
  const std::int64_t tick = first_ + number;
  return {ToMicros(StartOf(tick)), ToMicros(StartOf(tick + 1)), options_.timezone};
}

std::string TimeWindowPartitions::Describe() const {
  std::string text = fmt::format("{} from '{}'", ToString(options_.cadence), KeyOf(0));
  if (limit_) text += fmt::format(" to '{}'", KeyOf(*limit_ - 1));
  if (options_.timezone != "UTC") text += " in " + options_.timezone;
  return text;
}

}  // namespace entrepot
