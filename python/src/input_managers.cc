#include <nanobind/stl/function.h>

#include "bindings.h"
#include "config.h"
#include "conversions.h"
#include "entrepot/io/context.h"
#include "entrepot/io/http_input.h"
#include "entrepot/io/sql_input.h"
#include "value.h"

namespace entrepot::python {
namespace {

nb::object LoadInputFromPython(InputManager& manager, const InputContext& context) {
  auto value = [&] {
    const nb::gil_scoped_release unlocked;
    return manager.LoadInput(context);
  }();
  if (!value) RaisePythonError(value.error());
  return InputObject(*value, HostObject(context.host()));
}

/// Makes a manager from a dict of its fields. `environment` answers references to
/// variables.
template <typename Manager, typename Options>
Result<std::shared_ptr<InputManager>> MakeManager(nb::handle config,
                                                  const EnvironmentLookup& environment) {
  ENTREPOT_ASSIGN_OR_RETURN(const PythonConfig given, ConfigFromPython(config));
  ENTREPOT_ASSIGN_OR_RETURN(
      Options options,
      Options::Fields().Read(ConfigTree(given.json, "code"), environment));
  const nb::gil_scoped_release unlocked;  // Libraries are loaded.
  ENTREPOT_ASSIGN_OR_RETURN(auto manager, Manager::Make(std::move(options)));
  return std::shared_ptr<InputManager>(std::move(manager));
}

}  // namespace

void BindInputManagers(nb::module_& m) {
  nb::class_<InputManager>(m, "NativeInputManager", "An input manager of the core.")
      .def("load_input", &LoadInputFromPython, "context"_a,
           nb::sig("def load_input(self, context: InputContext) -> object"),
           "Loads the value of the input that the context describes.");
  m.def("make_http_input", &MakeManager<HttpInput, HttpInputOptions>, "config"_a,
        "environment"_a);
  m.def("make_sql_input", &MakeManager<SqlInput, SqlInputOptions>, "config"_a,
        "environment"_a);
}

}  // namespace entrepot::python
