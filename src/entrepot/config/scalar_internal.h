#pragma once

/// \file entrepot/config/scalar_internal.h
/// The rules of scalar types, in one place for all ways a value comes in.

#include <optional>
#include <string>

#include "entrepot/config/schema.h"

namespace entrepot {

/// Returns the value as the scalar: itself, or an integer as the number it is; nullopt
/// where it is of another type or out of range.
std::optional<ConfigJson> AsScalar(const ScalarType& type, const ConfigJson& given);

/// Reads text of an environment variable or an argument as the scalar; nullopt where it
/// does not say one. Booleans are true, false, 1 and 0.
std::optional<ConfigJson> ReadScalar(ScalarKind scalar, const std::string& text);

/// Returns the variable that a value of the type refers to: by an EnvReference, or by
/// {"env": NAME} where the type takes it.
std::optional<std::string> ReferenceIn(const ScalarType& type, const ConfigJson& given);

}  // namespace entrepot
