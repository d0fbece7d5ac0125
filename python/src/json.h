#pragma once

/// \file python/src/json.h
/// Python values as JSON, where JSON gives back exactly the same.

#include <optional>
#include <string>

#include "py_ref.h"

namespace entrepot::python {

/// Writes `object` as JSON in one pass; nullopt where reading it back would not give an
/// equal object of the same types: anything but exact None, bool, int of 64 bits, finite
/// float, str without lone surrogates, list, and dict with such str keys, nested less
/// than 100 deep. Needs Python's lock.
std::optional<std::string> ToExactJson(nb::handle object);

/// Reads JSON text. Needs Python's lock; throws what Python's reader raises.
nb::object FromJson(const std::string& text);

}  // namespace entrepot::python
