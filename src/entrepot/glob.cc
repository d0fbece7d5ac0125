#include "entrepot/glob.h"

#include <algorithm>
#include <optional>

namespace entrepot {
namespace {

/// Returns how many bytes the first character of `text` has.
size_t CharacterLength(std::string_view text) {
  const auto is_continuation = [](char c) { return (c & 0xC0) == 0x80; };
  const auto next = std::find_if_not(text.begin() + 1, text.end(), is_continuation);
  return static_cast<size_t>(next - text.begin());
}

}  // namespace

bool MatchesGlob(std::string_view pattern, std::string_view name) {
  std::optional<std::string_view> after_star;
  std::string_view star_rest;  // Of the name, where that star's text ends so far.
  while (!name.empty() || !pattern.empty()) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      after_star = pattern;
      star_rest = name;
    } else if (pattern.starts_with('?') && !name.empty()) {
      pattern.remove_prefix(1);
      name.remove_prefix(CharacterLength(name));
    } else if (!pattern.empty() && name.starts_with(pattern.front())) {
      pattern.remove_prefix(1);
      name.remove_prefix(1);
    } else if (after_star && !star_rest.empty()) {
      star_rest.remove_prefix(1);  // Only the last star need be longer.
      pattern = *after_star;
      name = star_rest;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace entrepot
