#pragma once

/// \file python/src/config.h
/// Configurations across the language border, both ways.

#include <vector>

#include "entrepot/config/config_json.h"
#include "py_ref.h"

namespace entrepot::python {

/// A configuration, and the Python objects that its foreign leaves stand for: a leaf's
/// handle is the object's address, valid as long as `objects` lives. Needs Python's lock
/// where it is made and read.
struct PythonConfig {
  ConfigJson json;
  std::vector<PyRef> objects;
};

/// Reads a Python value: None, bool, int of 64 bits, float, str, list and dict with str
/// keys (subclasses as what they are based on) become JSON, an EnvVar a reference, and
/// everything else, members of enums included, a foreign leaf.
///
/// Errors: kInvalid  nested deeper than kMaxConfigDepth, as what holds itself is
Result<PythonConfig> ConfigFromPython(nb::handle value);

/// Reverses ConfigFromPython: the objects come back themselves.
nb::object ConfigToPython(const ConfigJson& json);

}  // namespace entrepot::python
