#pragma once

/// \file entrepot/asset/time_format_internal.h
/// Times as text, by the directives that strftime and Python's strptime share.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "entrepot/asset/time_zone_internal.h"
#include "entrepot/result.h"

namespace entrepot {

/// What a text says of a time.
struct WrittenTime {
  WallTime wall;
  std::optional<std::chrono::seconds> utc_offset;
};

/// A format such as "%Y-%m-%d". Its directives, and what may be read, of fixed width:
///
///   %Y 2024   %y 24 (1969 to 2068)   %m 01-12   %b Jan   %B January   %d 01-31
///   %H 00-23  %M 00-59  %S 00-59   %z +0130 (also +01:30 and Z are read)
///   %% a percent sign
///
/// Immutable; safe for concurrent use.
class TimeFormat {
 public:
  /// Errors: kInvalid  another directive, or a lone '%'
  static Result<TimeFormat> Parse(std::string format);

  const std::string& text() const { return format_; }

  /// Whether one of `directives` (letters) is in the format.
  bool ShowsAnyOf(std::string_view directives) const;

  std::string Write(WallTime wall, std::chrono::seconds utc_offset) const;

  /// Returns what `text` says, or nullopt where it is not in this format or no date. What
  /// the format does not show is the earliest: January, the 1st, midnight.
  std::optional<WrittenTime> Read(std::string_view text) const;

 private:
  explicit TimeFormat(std::string format) : format_(std::move(format)) {}

  std::string format_;
};

}  // namespace entrepot
