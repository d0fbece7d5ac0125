/// \file entrepot/asset/time_zone_internal.cc
/// A file of the time zone database (TZif, RFC 8536) lists the changes of a zone up to
/// some year, and ends with a line that is the rule for the time after that. Howard
/// Hinnant's date reads the list only, which since 2020 may end with the last irregular
/// change; so the rule is read here, and date's parser of such rules applies it.

#include "entrepot/asset/time_zone_internal.h"

#include <date/tz.h>

// In C++20 ptz.h of date 3.0.1 would not know whether it means this one or std::chrono's.
namespace Posix {
using date::hh_mm_ss;
}
#include <date/ptz.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <vector>

#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

constexpr const char* kDatabase = "/usr/share/zoneinfo/";  // Where date looks, too.

Result<std::vector<std::string>> ZoneNames() {
  try {
    std::vector<std::string> names;
    for (const date::time_zone& zone : date::get_tzdb().zones) {
      names.push_back(zone.name());
    }
    return names;
  } catch (const std::runtime_error& error) {
    return Unavailable(
        "this machine's time zone database cannot be read; install it (tzdata), or use "
        "\"UTC\", which needs none: {}",
        error.what());
  }
}

Error NoSuchZone(const std::string& name, const std::vector<std::string>& names) {
  const std::vector<std::string> near = NearestNames(name, names);
  return Invalid(
      "there is no time zone '{}'{}", name,
      near.empty() ? "; names are like 'Europe/Berlin'" : DidYouMean(name, near));
}

// The last line of a zone's file; empty where there is no rule.
Result<std::string> ReadRule(const std::string& name) {
  std::ifstream file(kDatabase + name, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  if (!file || !bytes.starts_with("TZif") || !bytes.ends_with('\n')) {
    return Unavailable("the file of time zone '{}' cannot be read: {}{}", name, kDatabase,
                       name);
  }
  const size_t begin = bytes.rfind('\n', bytes.size() - 2) + 1;
  return bytes.substr(begin, bytes.size() - 1 - begin);
}

}  // namespace

struct TimeZone::State {
  const date::time_zone* zone;           // Lives as long as the process.
  std::optional<Posix::time_zone> rule;  // Of all time from
  date::sys_seconds rule_begins;         // the last change listed.

  date::sys_info At(date::sys_seconds instant) const {
    return rule && instant >= rule_begins ? rule->get_info(instant)
                                          : zone->get_info(instant);
  }

  date::local_info At(date::local_seconds wall) const {
    // No clock is more than a day from UTC. A day on, the list and the rule agree.
    const date::sys_seconds at_the_latest(wall.time_since_epoch() - date::days(1));
    return rule && at_the_latest >= rule_begins ? rule->get_info(wall)
                                                : zone->get_info(wall);
  }
};

Result<TimeZone> TimeZone::Find(const std::string& name) {
  if (name == "UTC") return TimeZone(nullptr);
  ENTREPOT_ASSIGN_OR_RETURN(const std::vector<std::string> names, ZoneNames());
  auto state = std::make_shared<State>();
  try {
    state->zone = date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return NoSuchZone(name, names);
  }
  ENTREPOT_ASSIGN_OR_RETURN(const std::string rule, ReadRule(name));
  try {
    if (!rule.empty()) state->rule = Posix::time_zone(rule);
    const date::sys_seconds far = date::sys_days(date::year(9999) / 1 / 1);
    state->rule_begins = state->zone->get_info(far).begin;
  } catch (const std::runtime_error& error) {
    return Unavailable("the file of time zone '{}' cannot be read: {}", name,
                       error.what());
  }
  return TimeZone(std::move(state));
}

std::chrono::seconds TimeZone::OffsetAt(Instant instant) const {
  if (state_ == nullptr) return std::chrono::seconds(0);
  return state_->At(date::sys_seconds(instant.time_since_epoch())).offset;
}

Instant TimeZone::InstantOf(WallTime wall, Repeated repeated) const {
  if (state_ == nullptr) return Instant(wall.time_since_epoch());
  const date::local_info info = state_->At(date::local_seconds(wall.time_since_epoch()));
  if (info.result == date::local_info::nonexistent) {
    return Instant(info.first.end.time_since_epoch());
  }
  const bool second =
      info.result == date::local_info::ambiguous && repeated == Repeated::kSecond;
  return Instant(wall.time_since_epoch() - (second ? info.second : info.first).offset);
}

}  // namespace entrepot
