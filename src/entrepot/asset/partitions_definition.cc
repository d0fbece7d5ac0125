#include "entrepot/asset/partitions_definition.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

using Json = nlohmann::json;

Error UnknownKey(const StaticPartitions& partitions, std::string_view key) {
  constexpr size_t kMostCompared = 10'000;  // More would take seconds.
  const std::vector<std::string>& keys = partitions.keys();
  return NotFound("'{}' is no partition of {}{}", key, partitions.Describe(),
                  keys.size() <= kMostCompared ? DidYouMean(key, keys) : "");
}

Error UnknownKey(const TimeWindowPartitions& windows, std::string_view key,
                 UnixMicros now) {
  const std::int64_t count = windows.Count(now);
  const std::optional<std::int64_t> near = windows.NumberNear(key);
  std::string hint;
  if (!near) {
    hint = fmt::format("keys are written as '{}' shows", windows.KeyOf(0));
  } else if (windows.NumberOf(key)) {
    hint = "its window has not ended";
  } else if (count > 0) {
    const std::int64_t nearest = std::clamp<std::int64_t>(*near, 0, count - 1);
    hint = fmt::format("the nearest is '{}'", windows.KeyOf(nearest));
  } else {
    hint = "it is not the key of a window";
  }
  const std::string range = count == 0
                                ? "there are none yet"
                                : fmt::format("there are {}, from '{}' to '{}'", count,
                                              windows.KeyOf(0), windows.KeyOf(count - 1));
  return NotFound("'{}' is no partition of {}: {}; {}", key, windows.Describe(), hint,
                  range);
}

Json ToJsonObject(const StaticPartitions& partitions) {
  return {{"kind", "static"}, {"keys", partitions.keys()}};
}

Json ToJsonObject(const TimeWindowPartitions& windows) {
  const TimeWindowOptions& options = windows.options();
  Json json = {{"kind", "time_window"},
               {"cadence", ToString(options.cadence)},
               {"start", options.start},
               {"timezone", options.timezone},
               {"format", options.format},
               {"minute_offset", options.minute_offset},
               {"hour_offset", options.hour_offset},
               {"end_offset", options.end_offset}};
  if (!options.end.empty()) json["end"] = options.end;
  if (options.day_offset) json["day_offset"] = *options.day_offset;
  return json;
}

Result<Cadence> CadenceFrom(std::string_view name) {
  for (const Cadence cadence :
       {Cadence::kHourly, Cadence::kDaily, Cadence::kWeekly, Cadence::kMonthly}) {
    if (ToString(cadence) == name) return cadence;
  }
  return Invalid("there is no cadence '{}'", name);
}

Result<TimeWindowOptions> OptionsFrom(const Json& json) {
  TimeWindowOptions options;
  ENTREPOT_ASSIGN_OR_RETURN(options.cadence,
                            CadenceFrom(json.at("cadence").get<std::string>()));
  options.start = json.at("start").get<std::string>();
  options.end = json.value("end", "");
  options.timezone = json.at("timezone").get<std::string>();
  options.format = json.at("format").get<std::string>();
  options.minute_offset = json.at("minute_offset").get<int>();
  options.hour_offset = json.at("hour_offset").get<int>();
  if (json.contains("day_offset")) options.day_offset = json["day_offset"].get<int>();
  options.end_offset = json.at("end_offset").get<int>();
  return options;
}

Result<PartitionsPtr> FromJsonObject(const Json& json) {
  const auto kind = json.at("kind").get<std::string>();
  if (kind == "static") {
    return PartitionsDefinition::Static(json.at("keys").get<std::vector<std::string>>());
  }
  if (kind != "time_window") return Invalid("there is no kind '{}'", kind);
  ENTREPOT_ASSIGN_OR_RETURN(TimeWindowOptions options, OptionsFrom(json));
  return PartitionsDefinition::TimeWindows(std::move(options));
}

}  // namespace

Result<PartitionsPtr> PartitionsDefinition::Static(std::vector<std::string> keys) {
  ENTREPOT_ASSIGN_OR_RETURN(StaticPartitions partitions,
                            StaticPartitions::Make(std::move(keys)));
  return PartitionsPtr(new PartitionsDefinition(std::move(partitions)));
}

Result<PartitionsPtr> PartitionsDefinition::TimeWindows(TimeWindowOptions options) {
  ENTREPOT_ASSIGN_OR_RETURN(TimeWindowPartitions windows,
                            TimeWindowPartitions::Make(std::move(options)));
  return PartitionsPtr(new PartitionsDefinition(std::move(windows)));
}

std::int64_t PartitionsDefinition::Count(UnixMicros now) const {
  if (const auto* windows = time_windows()) return windows->Count(now);
  return static_cast<std::int64_t>(static_partitions()->keys().size());
}

std::optional<std::int64_t> PartitionsDefinition::FindNumber(std::string_view key) const {
  return std::visit([&](const auto& kind) { return kind.NumberOf(key); }, kind_);
}

std::string PartitionsDefinition::KeyOf(std::int64_t number) const {
  if (const auto* windows = time_windows()) return windows->KeyOf(number);
  return static_partitions()->keys()[static_cast<size_t>(number)];
}

std::vector<std::string> PartitionsDefinition::KeysOf(std::int64_t begin,
                                                      std::int64_t end) const {
  std::vector<std::string> keys;
  keys.reserve(static_cast<size_t>(std::max<std::int64_t>(end - begin, 0)));
  for (std::int64_t number = begin; number < end; ++number) keys.push_back(KeyOf(number));
  return keys;
}

bool PartitionsDefinition::Has(std::string_view key, UnixMicros now) const {
  const std::optional<std::int64_t> number = FindNumber(key);
  return number && *number < Count(now);
}

std::vector<std::string> PartitionsDefinition::Keys(UnixMicros now) const {
  return KeysOf(0, Count(now));
}

std::optional<std::string> PartitionsDefinition::FirstKey(UnixMicros now) const {
  if (Count(now) == 0) return std::nullopt;
  return KeyOf(0);
}

std::optional<std::string> PartitionsDefinition::LastKey(UnixMicros now) const {
  const std::int64_t count = Count(now);
  if (count == 0) return std::nullopt;
  return KeyOf(count - 1);
}

Status PartitionsDefinition::Check(std::string_view key, UnixMicros now) const {
  if (Has(key, now)) return {};
  if (const auto* windows = time_windows()) return UnknownKey(*windows, key, now);
  return UnknownKey(*static_partitions(), key);
}

Result<std::int64_t> PartitionsDefinition::NumberOf(std::string_view key,
                                                    UnixMicros now) const {
  ENTREPOT_RETURN_IF_ERROR(Check(key, now));
  return *FindNumber(key);
}

Result<std::vector<std::string>> PartitionsDefinition::KeysBetween(std::string_view first,
                                                                   std::string_view last,
                                                                   UnixMicros now) const {
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t begin, NumberOf(first, now));
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t end, NumberOf(last, now));
  if (end < begin) {
    return Invalid("the range of partitions '{}' to '{}' is the wrong way round", first,
                   last);
  }
  return KeysOf(begin, end + 1);
}

Result<std::string> PartitionsDefinition::Neighbour(std::string_view key,
                                                    std::int64_t offset,
                                                    UnixMicros now) const {
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t number, NumberOf(key, now));
  const std::int64_t count = Count(now);
  if (number + offset < 0 || number + offset >= count) {
    return NotFound(
        "there is no partition {:+} of '{}' in {}; there are {}, from '{}' to '{}'",
        offset, key, Describe(), count, KeyOf(0), KeyOf(count - 1));
  }
  return KeyOf(number + offset);
}

Result<TimeWindow> PartitionsDefinition::WindowOf(std::string_view key) const {
  const TimeWindowPartitions* windows = time_windows();
  if (windows == nullptr) return Invalid("{} have no windows of time", Describe());
  const std::optional<std::int64_t> number = windows->NumberOf(key);
  if (!number) {
    return NotFound("'{}' is no partition of {}; the first is '{}'", key, Describe(),
                    windows->KeyOf(0));
  }
  return windows->WindowOf(*number);
}

Result<std::string> PartitionsDefinition::KeyAt(UnixMicros instant) const {
  const TimeWindowPartitions* windows = time_windows();
  if (windows == nullptr) return Invalid("{} have no windows of time", Describe());
  std::string key = windows->KeyOf(windows->NumberAt(instant));
  if (!windows->NumberOf(key)) {
    return NotFound("no partition of {} holds {}", Describe(), FormatUtc(instant));
  }
  return key;
}

std::string PartitionsDefinition::Describe() const {
  return std::visit([](const auto& kind) { return kind.Describe(); }, kind_);
}

std::string PartitionsDefinition::ToJson() const {
  return std::visit([](const auto& kind) { return ToJsonObject(kind).dump(); }, kind_);
}

Result<PartitionsPtr> PartitionsDefinition::FromJson(std::string_view json) {
  try {
    Result<PartitionsPtr> read = FromJsonObject(Json::parse(json));
    if (read || read.error().code() != ErrorCode::kInvalid) return read;
    return Corrupt("this is no partitions definition: {}: {}", read.error().message(),
                   json);
  } catch (const Json::exception& error) {
    return Corrupt("this is no partitions definition: {}: {}", error.what(), json);
  }
}

}  // namespace entrepot
