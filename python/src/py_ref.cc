#include "py_ref.h"

#include <string_view>
#include <unordered_map>

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
  // Python's own look for a module that was imported before takes a microsecond. They
  // stay for as long as the process, as in sys.modules. Python's lock guards the table.
  static auto& modules = *new std::unordered_map<std::string_view, nb::handle>;
  auto found = modules.find(module);
  if (found == modules.end()) {
    const nb::object imported =
        nb::module_::import_(module);  // Others may come meanwhile.
    found = modules.try_emplace(module, imported).first;
    found->second.inc_ref();
  }
  return found->second.attr(name);
}

}  // namespace entrepot::python
