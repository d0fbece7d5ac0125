#include "py_ref.h"

namespace entrepot::python {

bool IsFinalizing() {
  if (!Py_IsInitialized()) return true;
#if PY_VERSION_HEX >= 0x030D0000
  return Py_IsFinalizing();
#else
  return _Py_IsFinalizing();
#endif
}

PyRef MakePyRef(nb::handle object) {
  Py_INCREF(object.ptr());
  return PyRef(object.ptr(), [](PyObject* owned) {
    if (IsFinalizing()) return;  // Leaks: the process ends, and its lock cannot be had.
    const nb::gil_scoped_acquire lock;
    Py_DECREF(owned);
  });
}

nb::object Attribute(const char* module, const char* name) {
  return nb::module_::import_(module).attr(name);
}

}  // namespace entrepot::python
