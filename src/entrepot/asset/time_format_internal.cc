#include "entrepot/asset/time_format_internal.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace entrepot {
namespace {

constexpr std::string_view kDirectives = "YymbBdHMSz%";

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

struct Fields {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::optional<std::chrono::seconds> utc_offset;
};

// Reads from the front of a text; a read that fails leaves `ok` false.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  void Literal(std::string_view text) {
    ok_ = ok_ && rest_.starts_with(text);
    if (ok_) rest_.remove_prefix(text.size());
  }

  int Digits(size_t count) {
    int number = 0;
    for (size_t i = 0; i < count; ++i) {
      ok_ = ok_ && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9';
      if (!ok_) return 0;
      number = number * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return number;
  }

  // A month's name, or its first `length` letters.
  int Month(size_t length) {
    for (size_t i = 0; i < kMonths.size(); ++i) {
      const std::string_view name = kMonths[i].substr(0, length);
      if (!ok_ || !rest_.starts_with(name)) continue;
      rest_.remove_prefix(name.size());
      return static_cast<int>(i) + 1;
    }
    ok_ = false;
    return 1;
  }

  std::chrono::seconds UtcOffset() {
    if (Takes('Z')) return std::chrono::seconds(0);
    const bool west = Takes('-');
    if (!west) Literal("+");
    const int hours = Digits(2);
    Takes(':');
    const int minutes = Digits(2);
    ok_ = ok_ && hours < 24 && minutes < 60;
    const std::chrono::seconds offset =
        std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return west ? -offset : offset;
  }

 private:
  bool Takes(char c) {
    if (!ok_ || rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view rest_;
  bool ok_ = true;
};

void ReadField(char directive, Reader& reader, Fields& fields) {
  switch (directive) {
    case 'Y':
      fields.year = reader.Digits(4);
      break;
    case 'y': {
      const int year = reader.Digits(2);
      fields.year = year < 69 ? 2000 + year : 1900 + year;  // As POSIX reads it.
      break;
    }
    case 'm':
      fields.month = reader.Digits(2);
      break;
    case 'b':
      fields.month = reader.Month(3);
      break;
    case 'B':
      fields.month = reader.Month(std::string_view::npos);
      break;
    case 'd':
      fields.day = reader.Digits(2);
      break;
    case 'H':
      fields.hour = reader.Digits(2);
      break;
    case 'M':
      fields.minute = reader.Digits(2);
      break;
    case 'S':
      fields.second = reader.Digits(2);
      break;
    case 'z':
      fields.utc_offset = reader.UtcOffset();
      break;
    default:
      reader.Literal("%");
  }
}

std::optional<WallTime> ToWall(const Fields& fields) {
  using namespace std::chrono;  // NOLINT: calendar arithmetic.
  const year_month_day date{year(fields.year), month(static_cast<unsigned>(fields.month)),
                            day(static_cast<unsigned>(fields.day))};
  if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 59) {
    return std::nullopt;
  }
  return local_days(date) + hours(fields.hour) + minutes(fields.minute) +
         seconds(fields.second);
}

void AppendNumber(std::string& out, int number, int width) {
  const std::string digits = std::to_string(number);
  out.append(static_cast<size_t>(std::max(0, width - static_cast<int>(digits.size()))),
             '0');
  out += digits;
}

void AppendUtcOffset(std::string& out, std::chrono::seconds offset) {
  const auto minutes = std::abs(static_cast<int>(offset.count())) / 60;
  out += offset.count() < 0 ? '-' : '+';
  AppendNumber(out, minutes / 60, 2);
  AppendNumber(out, minutes % 60, 2);
}

}  // namespace

Result<TimeFormat> TimeFormat::Parse(std::string format) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (i == format.size() || kDirectives.find(format[i]) == std::string_view::npos) {
      return Invalid(
          "'{}' is no format of times: '%{}' is none of %Y %y %m %b %B %d %H %M %S %z %%",
          format, std::string_view(format).substr(i, 1));
    }
  }
  return TimeFormat(std::move(format));
}

bool TimeFormat::ShowsAnyOf(std::string_view directives) const {
  for (size_t i = 0; i + 1 < format_.size(); ++i) {
    if (format_[i] == '%' && directives.find(format_[++i]) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

std::string TimeFormat::Write(WallTime wall, std::chrono::seconds utc_offset) const {
  using namespace std::chrono;  // NOLINT: calendar arithmetic.
  const local_days day = floor<days>(wall);
  const year_month_day date{day};
  const hh_mm_ss time{wall - day};
  const std::string_view month = kMonths[static_cast<unsigned>(date.month()) - 1];
  std::string out;
  for (size_t i = 0; i < format_.size(); ++i) {
    if (format_[i] != '%') {
      out += format_[i];
      continue;
    }
    switch (format_[++i]) {
      case 'Y':
        AppendNumber(out, static_cast<int>(date.year()), 4);
        break;
      case 'y':
        AppendNumber(out, static_cast<int>(date.year()) % 100, 2);
        break;
      case 'm':
        AppendNumber(out, static_cast<int>(static_cast<unsigned>(date.month())), 2);
        break;
      case 'b':
        out += month.substr(0, 3);
        break;
      case 'B':
        out += month;
        break;
      case 'd':
        AppendNumber(out, static_cast<int>(static_cast<unsigned>(date.day())), 2);
        break;
      case 'H':
        AppendNumber(out, static_cast<int>(time.hours().count()), 2);
        break;
      case 'M':
        AppendNumber(out, static_cast<int>(time.minutes().count()), 2);
        break;
      case 'S':
        AppendNumber(out, static_cast<int>(time.seconds().count()), 2);
        break;
      case 'z':
        AppendUtcOffset(out, utc_offset);
        break;
      default:
        out += '%';
    }
  }
  return out;
}

std::optional<WrittenTime> TimeFormat::Read(std::string_view text) const {
  Reader reader(text);
  Fields fields;
  for (size_t i = 0; i < format_.size() && reader.ok(); ++i) {
    if (format_[i] == '%') {
      ReadField(format_[++i], reader, fields);
    } else {
      reader.Literal(std::string_view(format_).substr(i, 1));
    }
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  const std::optional<WallTime> wall = ToWall(fields);
  if (!wall) return std::nullopt;
  return WrittenTime{*wall, fields.utc_offset};
}

}  // namespace entrepot
