#pragma once

/// \file entrepot/cli/display_width_internal.h
/// How wide UTF-8 text is on a terminal, and what of it may be sent there.

#include <cstddef>
#include <string>
#include <string_view>

namespace entrepot::internal {

/// Returns the columns that `text` takes: none for combining marks, two for East Asian
/// wide characters and emoji, one for everything else. Good for aligning, not exact:
/// terminals disagree on joined emoji.
size_t DisplayWidth(std::string_view text);

/// Returns `text`, or as much of it as fits `width` columns with a "…" at its end.
std::string CutToWidth(std::string_view text, size_t width);

/// Returns `text` on one line and without what moves a cursor or reorders the line:
/// control and bidirectional-override characters become "\n", "\x1b", "\u202e"; bytes
/// that are not UTF-8 become U+FFFD.
std::string Printable(std::string_view text);

/// Returns text of several lines, each Printable but for its tabs, with `indent` before
/// all but the first; line breaks at the end are dropped.
std::string PrintableLines(std::string_view text, std::string_view indent);

}  // namespace entrepot::internal
