#pragma once

/// \file entrepot/cli/shell_word_internal.h
/// Words of commands that are suggested.

#include <string>
#include <string_view>

namespace entrepot::internal {

/// Returns `word` such that a shell reads it as one: as it is, in quotes, or, where it is
/// not Printable, with the escapes that bash and zsh know.
std::string ShellWord(std::string_view word);

}  // namespace entrepot::internal
