#include <array>
#include <cmath>

#include <fmt/format.h>

#include "entrepot/cli/quantity_internal.h"

namespace entrepot::internal {

std::string FormatCount(std::int64_t count) {
  std::string digits = fmt::format("{}", count);
  const size_t first = count < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string FormatCount(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", FormatCount(count), noun, count == 1 ? "" : "s");
}

std::string FormatSize(std::int64_t size_bytes) {
  constexpr std::array<const char*, 6> kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (size_bytes < 1000) return fmt::format("{} B", size_bytes);
  double size = static_cast<double>(size_bytes) / 1000;
  size_t unit = 0;
  while (size >= 999.95 && unit + 1 < kUnits.size()) {
    size /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::string FormatSeconds(double seconds) {
  if (seconds < 0.0000995) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (seconds < 0.00995) return fmt::format("{:.1f} ms", seconds * 1000);
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string FormatTime(UnixMicros time) {
  std::string text = FormatUtc(time);
  text[text.find('T')] = ' ';
  return text.substr(0, text.find('.')) + "Z";
}

std::string FormatTimeWithMillis(UnixMicros time) {
  std::string text = FormatUtc(time);
  text[text.find('T')] = ' ';
  return text.substr(0, text.find('.') + 4) + "Z";
}

std::string FormatAge(UnixMicros time, UnixMicros now) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  const std::int64_t age = (now - time) / 1'000'000;
  if (age < 1) return "just now";  // Also where another machine's clock is ahead.
  if (age < kMinute) return fmt::format("{} s ago", age);
  if (age < kHour) return fmt::format("{} min ago", age / kMinute);
  if (age < kDay) return fmt::format("{} h ago", age / kHour);
  if (age < 30 * kDay) return fmt::format("{} d ago", age / kDay);
  return FormatTime(time).substr(0, 10);
}

}  // namespace entrepot::internal
