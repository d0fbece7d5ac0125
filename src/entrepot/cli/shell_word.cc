#include "entrepot/cli/shell_word_internal.h"

#include <algorithm>

#include <fmt/format.h>

#include "entrepot/cli/display_width_internal.h"

namespace entrepot::internal {
namespace {

bool IsPlain(char c) {
  constexpr std::string_view kPlain = "_-+=./:,@%";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kPlain.find(c) != std::string_view::npos;
}

std::string WithEscapes(std::string_view word) {
  std::string escaped = "$'";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F) {
      escaped += fmt::format("\\x{:02x}", byte);
    } else {
      if (c == '\'' || c == '\\') escaped += '\\';
      escaped += c;
    }
  }
  return escaped + "'";
}

}  // namespace

std::string ShellWord(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, IsPlain)) return std::string(word);
  if (Printable(word) != word) return WithEscapes(word);
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

}  // namespace entrepot::internal
