#pragma once

/// \file entrepot/io/value_path_internal.h
/// Paths of values that code of the user's chose.

#include <string_view>

#include "entrepot/result.h"

namespace entrepot {

/// Checks that a path below a base, without extension, may be a value's: it stays below
/// the base, meets no name of the storage's own, and leaves room for an extension.
///
/// Errors: kInvalid  what is wrong with it
Status CheckValuePath(std::string_view path);

}  // namespace entrepot
