#pragma once

/// \file entrepot/glob.h
/// Patterns of names.

#include <string_view>

namespace entrepot {

/// Whether '*' (any text) and '?' (one character of UTF-8) of `pattern` can stand for
/// what `name` has there. Not fnmatch, for which a '\' of a name is an escape and a
/// character is what the process's locale makes of it.
bool MatchesGlob(std::string_view pattern, std::string_view name);

}  // namespace entrepot
