#include "entrepot/execution/definitions.h"

#include "bindings.h"
#include "conversions.h"
#include "value.h"

namespace entrepot::python {
namespace {

/// What entrepot/_assets.py says of a parameter.
struct PythonInput {
  std::string name;
  PyRef wanted;  // For ObjectOf.
};

/// What a step calls. Needs Python's lock to be used and to die.
class PythonCompute {
 public:
  PythonCompute(nb::handle function, bool takes_context, std::vector<PythonInput> inputs)
      : function_(MakePyRef(function)),
        takes_context_(takes_context),
        inputs_(std::move(inputs)) {}

  /// The function gets the context first (or None), then the inputs in their order. It
  /// returns (True, value), or (False, None) for no value (entrepot/_assets.py).
  Result<Value> operator()(StepContext& context, std::vector<Value> inputs) const {
    const nb::gil_scoped_acquire lock;
    try {
      nb::list arguments;
      arguments.append(takes_context_ ? nb::cast(context.shared_from_this())
                                      : nb::object(nb::none()));
      for (size_t i = 0; i < inputs.size(); ++i) {
        const Value input = std::exchange(inputs[i], Value());
        arguments.append(ObjectOf(input, ToObject(inputs_[i].wanted)));
      }
      const nb::object tuple = nb::steal(PyList_AsTuple(arguments.ptr()));
      arguments.clear();  // The function's frame holds the last references.
      const nb::object returned =
          nb::steal(PyObject_CallObject(function_.get(), tuple.ptr()));
      if (!returned.is_valid()) throw nb::python_error();
      if (PyTuple_GET_ITEM(returned.ptr(), 0) != Py_True) return Value();
      return ValueOf(PyTuple_GET_ITEM(returned.ptr(), 1));
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  }

 private:
  PyRef function_;
  bool takes_context_;
  std::vector<PythonInput> inputs_;
};

Backoff BackoffFrom(const std::string& name) {
  return name == "linear"        ? Backoff::kLinear
         : name == "exponential" ? Backoff::kExponential
                                 : Backoff::kConstant;
}

Jitter JitterFrom(const std::string& name) {
  return name == "full"         ? Jitter::kFull
         : name == "plus_minus" ? Jitter::kPlusMinus
                                : Jitter::kNone;
}

Metadata DefinitionMetadataFrom(nb::handle entries) {
  return nb::cast<Metadata>(
      Attribute("entrepot._metadata", "normalize_definition")(entries));
}

/// Takes an entrepot._assets.AssetsDefinition.
void AddAsset(Definitions& definitions, nb::handle asset) {
  AssetFacts facts{.group = nb::cast<std::string>(asset.attr("group_name")),
                   .description = nb::cast<std::string>(asset.attr("description")),
                   .code_version = nb::cast<std::string>(asset.attr("code_version")),
                   .metadata = DefinitionMetadataFrom(asset.attr("metadata")),
                   .host = MakePyRef(asset)};
  AssetDefinition definition{
      .spec = {.key = nb::cast<AssetKey>(asset.attr("key")),
               .io_manager_key = nb::cast<std::string>(asset.attr("io_manager_key")),
               .facts = std::make_shared<const AssetFacts>(std::move(facts))}};
  std::vector<PythonInput> inputs;
  for (nb::handle input : asset.attr("inputs")) {
    definition.spec.inputs.push_back(
        {.name = nb::cast<std::string>(input.attr("name")),
         .key = nb::cast<AssetKey>(input.attr("key")),
         .is_exact = nb::cast<bool>(input.attr("is_exact")),
         .metadata = DefinitionMetadataFrom(input.attr("metadata")),
         .host = MakePyRef(input)});
    inputs.push_back({nb::cast<std::string>(input.attr("name")),
                      MakePyRef(nb::object(input.attr("wanted")))});
    definition.compute.wants_stream.push_back(nb::cast<bool>(input.attr("wants_stream")));
  }
  definition.spec.deps = nb::cast<std::vector<AssetKey>>(asset.attr("deps"));
  definition.compute.function = PythonCompute(
      asset.attr("run"), nb::cast<bool>(asset.attr("takes_context")), std::move(inputs));
  if (const nb::object policy = asset.attr("retry_policy"); !policy.is_none()) {
    definition.retry_policy = {
        .max_retries = nb::cast<int>(policy.attr("max_retries")),
        .delay =
            std::chrono::duration<double>(nb::cast<double>(policy.attr("delay_seconds"))),
        .backoff = BackoffFrom(nb::cast<std::string>(policy.attr("backoff_name"))),
        .jitter = JitterFrom(nb::cast<std::string>(policy.attr("jitter_name")))};
  }
  definitions.Add(std::move(definition));
}

/// Calls `make(key, run_id)` once per run.
IOManagerFactory FactoryFrom(nb::handle make) {
  return [make = MakePyRef(make)](
             const ResourceContext& context) -> Result<std::shared_ptr<IOManager>> {
    const nb::gil_scoped_acquire lock;
    try {
      return ManagerFrom(ToObject(make)(context.key, context.run_id));
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  };
}

}  // namespace

void BindDefinitions(nb::module_& m) {
  nb::class_<Definitions>(m, "CoreDefinitions",
                          "Assets and resources, as the core has them.")
      .def(nb::init<>())
      .def("add_asset", &AddAsset, "asset"_a)
      .def(
          "bind_io_manager",
          [](Definitions& d, const std::string& key, nb::handle manager) {
            d.Bind(key, ManagerFrom(manager));
          },
          "key"_a, "manager"_a)
      .def(
          "bind_io_manager_factory",
          [](Definitions& d, const std::string& key, nb::handle make) {
            d.Bind(key, FactoryFrom(make));
          },
          "key"_a, "make"_a)
      .def(
          "bind_file_system",
          [](Definitions& d, const std::string& key, std::string config) {
            d.Bind(key, FileSystemIOManagerFactory(std::move(config)));
          },
          "key"_a, "config"_a)
      .def(
          "bind_memory",
          [](Definitions& d, const std::string& key) {
            d.Bind(key, MemoryIOManagerFactory());
          },
          "key"_a)
      .def(
          "bind_resource",
          [](Definitions& d, const std::string& key, nb::handle resource) {
            d.Bind(key, MakePyRef(resource));
          },
          "key"_a, "resource"_a.none())
      .def("validate", &Definitions::Validate);
}

}  // namespace entrepot::python
