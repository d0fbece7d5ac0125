#pragma once

/// \file python/src/config.h
/// Configurations across the language border, both ways.

#include <vector>

#include "entrepot/config/declared_config.h"
#include "entrepot/execution/run_config.h"
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

/// Takes an entrepot._config.DeclaredConfig, or None. What it reads is a PyRef.
std::shared_ptr<const DeclaredConfig> DeclaredConfigFrom(nb::handle declared);

/// Returns what DeclaredConfigFrom's read, or None.
nb::object ReadObject(const ReadConfig& config);

/// Reads what a run is given: a dict by the names of steps and resources.
class PythonRunConfig {
 public:
  PythonRunConfig(nb::handle given, EnvironmentLookup environment);

  const RunConfig& config() const { return config_; }

 private:
  RunConfig config_;
  std::vector<PyRef> objects_;
};

}  // namespace entrepot::python
