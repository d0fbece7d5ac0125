#include "io_manager.h"

#include "bindings.h"
#include "conversions.h"
#include "entrepot/io/context.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "pickle_codec.h"
#include "value.h"

namespace entrepot::python {
namespace {

/// Takes what a user's handle_output returned: nothing, or a dict of metadata.
void TakeReturned(OutputContext& context, nb::handle returned) {
  if (returned.is_none()) return;
  if (!nb::isinstance<nb::dict>(returned)) {
    RaisePythonError(
        Invalid("handle_output must return None or a dict of metadata, not a '{}'",
                Py_TYPE(returned.ptr())->tp_name));
  }
  const Status added = context.AddOutputMetadata(MetadataFrom(returned));
  if (!added) RaisePythonError(added.error());
}

Status HandleOutputFromPython(IOManager& manager, std::shared_ptr<OutputContext> context,
                              nb::handle object) {
  const Value value = ValueOf(object);
  const nb::gil_scoped_release unlocked;
  return manager.HandleOutput(*context, value);
}

nb::object LoadInputFromPython(IOManager& manager, const InputContext& context) {
  auto value = [&] {
    const nb::gil_scoped_release unlocked;
    return manager.LoadInput(context);
  }();
  if (!value) RaisePythonError(value.error());
  return InputObject(*value, HostObject(context.host()));
}

Result<std::shared_ptr<IOManager>> MakeFileSystem(const std::string& config) {
  ENTREPOT_ASSIGN_OR_RETURN(auto options, FileSystemIOManagerFields().Read(config));
  ENTREPOT_ASSIGN_OR_RETURN(
      auto manager, FileSystemIOManager::Make(std::move(options), PythonCodecs()));
  return std::shared_ptr<IOManager>(std::move(manager));
}

}  // namespace

Status PythonIOManager::HandleOutput(OutputContext& context, const Value& value) {
  const nb::gil_scoped_acquire lock;
  try {
    const nb::object object = ObjectOf(value, nb::none());
    TakeReturned(context, ToObject(object_).attr("handle_output")(
                              nb::cast(context.shared_from_this()), object));
    return {};
  } catch (nb::python_error& e) {
    return FromPython(e).While("storing " + context.Describe());
  }
}

Result<Value> PythonIOManager::LoadInput(const InputContext& context) {
  const nb::gil_scoped_acquire lock;
  try {
    return ValueOf(ToObject(object_).attr("load_input")(
        nb::cast(std::make_shared<InputContext>(context))));
  } catch (nb::python_error& e) {
    return FromPython(e).While("loading " + context.Describe());
  }
}

Result<Value> PythonInputManager::LoadInput(const InputContext& context) {
  const nb::gil_scoped_acquire lock;
  try {
    return ValueOf(ToObject(object_).attr("load_input")(
        nb::cast(std::make_shared<InputContext>(context))));
  } catch (nb::python_error& e) {
    return FromPython(e).While("loading " + context.Describe());
  }
}

void BindIOManager(nb::module_& m) {
  nb::class_<IOManager, InputManager>(m, "NativeIOManager", "An I/O manager of the core.")
      .def(
          "handle_output", &HandleOutputFromPython, "context"_a, "obj"_a.none(),
          nb::sig("def handle_output(self, context: OutputContext, obj: object) -> None"),
          "Stores `obj` as the value of the context's output.")
      .def("load_input", &LoadInputFromPython, "context"_a,
           nb::sig("def load_input(self, context: InputContext) -> object"),
           "Loads the value of the context's upstream output.")
      .def_prop_ro("kind",
                   [](const IOManager& manager) {
                     const auto info = manager.Info();
                     return info ? info->kind : std::string();
                   })
      .def("__repr__", [](const IOManager& manager) {
        const auto info = manager.Info();
        return "<" +
               (info ? info->kind + " I/O manager " + info->config : "I/O manager") + ">";
      });
  m.def("make_file_system_io_manager", &MakeFileSystem, "config"_a);
  m.def("make_memory_io_manager", []() -> std::shared_ptr<IOManager> {
    return std::make_shared<MemoryIOManager>();
  });
  m.def("check_file_system_config", [](const std::string& config) -> Status {
    auto options = FileSystemIOManagerFields().Read(config);
    if (!options) return options.error();
    return {};
  });
}

}  // namespace entrepot::python
