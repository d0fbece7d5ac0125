#pragma once

/// \file python/src/io_manager.h
/// I/O managers written in Python, behind the core's interface.

#include "entrepot/io/io_manager.h"
#include "py_ref.h"

namespace entrepot::python {

/// Adapts an object with handle_output and load_input. Safe for concurrent use as far as
/// the object is: calls take Python's lock.
class PythonIOManager final : public IOManager {
 public:
  explicit PythonIOManager(nb::handle object) : object_(MakePyRef(object)) {}

  Status HandleOutput(OutputContext& context, const Value& value) override;
  Result<Value> LoadInput(const InputContext& context) override;

  /// Asks the object's `has_output`; one that has none cannot tell, and says yes.
  Result<bool> Has(const OutputContext& output) override;

  const PyRef& object() const { return object_; }

 private:
  PyRef object_;
};

/// Adapts an object with load_input. Safe for concurrent use as far as the object is:
/// calls take Python's lock.
class PythonInputManager final : public InputManager {
 public:
  explicit PythonInputManager(nb::handle object) : object_(MakePyRef(object)) {}

  Result<Value> LoadInput(const InputContext& context) override;

  const PyRef& object() const { return object_; }

 private:
  PyRef object_;
};

}  // namespace entrepot::python
