#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "entrepot/cli/display_width_internal.h"

namespace entrepot::internal {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// The ranges people meet, from Unicode 15's DerivedGeneralCategory (Mn, Me, Cf) and
// EastAsianWidth (W, F); ascending.
constexpr Range kZeroWidth[] = {
    {0x0300, 0x036F},   {0x0483, 0x0489},   {0x0591, 0x05BD}, {0x0610, 0x061A},
    {0x064B, 0x065F},   {0x06D6, 0x06DC},   {0x0900, 0x0902}, {0x093C, 0x093C},
    {0x0941, 0x0948},   {0x094D, 0x094D},   {0x0E31, 0x0E31}, {0x0E34, 0x0E3A},
    {0x0E47, 0x0E4E},   {0x1AB0, 0x1AFF},   {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
    {0x2060, 0x2064},   {0x20D0, 0x20FF},   {0x302A, 0x302D}, {0x3099, 0x309A},
    {0xFE00, 0xFE0F},   {0xFE20, 0xFE2F},   {0xFEFF, 0xFEFF}, {0x1F3FB, 0x1F3FF},
    {0xE0020, 0xE007F}, {0xE0100, 0xE01EF},
};
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x26BD, 0x26BE},   {0x26D4, 0x26D4},   {0x2705, 0x2705},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x2753, 0x2755},   {0x2B50, 0x2B50},
    {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},
    {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF},
    {0x20000, 0x3FFFD},
};

template <size_t N>
bool IsIn(const Range (&ranges)[N], char32_t c) {
  const auto* range = std::ranges::lower_bound(ranges, c, {}, &Range::last);
  return range != std::end(ranges) && range->first <= c;
}

size_t WidthOf(char32_t c) {
  if (c < 0x300) return 1;
  if (IsIn(kZeroWidth, c)) return 0;
  return IsIn(kWide, c) ? 2 : 1;
}

constexpr char32_t kNotUtf8 = 0xFFFFFFFF;

/// Takes the next character off `text`, which is not empty; kNotUtf8 for a byte that
/// begins none.
char32_t TakeCharacter(std::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const size_t length = lead < 0x80   ? 1
                        : lead < 0xC2 ? 0
                        : lead < 0xE0 ? 2
                        : lead < 0xF0 ? 3
                        : lead < 0xF5 ? 4
                                      : 0;
  char32_t c = length <= 1 ? lead : lead & (0xFFu >> (length + 1));
  bool valid = length > 0 && length <= text.size();
  for (size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    c = (c << 6) | (byte(i) & 0x3Fu);
  }
  const bool is_overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
  if (!valid || is_overlong || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
    text.remove_prefix(1);
    return kNotUtf8;
  }
  text.remove_prefix(length);
  return c;
}

bool ReordersLine(char32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x2028 ||
         c == 0x2029;
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) width += WidthOf(TakeCharacter(text));
  return width;
}

std::string CutToWidth(std::string_view text, size_t width) {
  std::string_view rest = text;
  size_t used = 0;
  size_t fits_before_mark = 0;  // Bytes that leave one column for the "…".
  while (!rest.empty()) {
    if (used < width) fits_before_mark = text.size() - rest.size();
    used += WidthOf(TakeCharacter(rest));
    if (used > width) return std::string(text.substr(0, fits_before_mark)) + "…";
  }
  return std::string(text);
}

std::string Printable(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = TakeCharacter(text);
    if (c == kNotUtf8) {
      printable += "\uFFFD";
    } else if (c == '\n') {
      printable += "\\n";
    } else if (c == '\t') {
      printable += "\\t";
    } else if (c == '\r') {
      printable += "\\r";
    } else if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
      printable += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else if (ReordersLine(c)) {
      printable += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      printable += before.substr(0, before.size() - text.size());
    }
  }
  return printable;
}

std::string PrintableLines(std::string_view text, std::string_view indent) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\n\t"), text.size());
    lines += Printable(text.substr(0, end));
    if (end == text.size()) break;
    lines += text[end];
    if (text[end] == '\n') lines += indent;
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace entrepot::internal
