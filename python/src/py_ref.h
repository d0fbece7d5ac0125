#pragma once

/// \file python/src/py_ref.h
/// Python objects owned from C++ threads.

#include <nanobind/nanobind.h>

#include <memory>

namespace entrepot::python {

namespace nb = nanobind;

/// A Python object whose last owner may be any thread, with or without Python's lock.
using PyRef = std::shared_ptr<PyObject>;

/// Takes a new reference. Needs Python's lock; copying and dropping the result does not.
PyRef MakePyRef(nb::handle object);

/// Borrows as a nanobind object. Needs Python's lock.
inline nb::object ToObject(const PyRef& ref) { return nb::borrow(ref.get()); }

/// Returns attribute `name` of module `module`, imported when first asked. Needs Python's
/// lock; throws what the import raises.
nb::object Attribute(const char* module, const char* name);

/// Tells whether the interpreter is on its way out, when nobody may wait for its lock.
bool IsFinalizing();

}  // namespace entrepot::python
