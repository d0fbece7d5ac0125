#include <nanobind/stl/map.h>

#include "entrepot/execution/definitions.h"

#include "bindings.h"
#include "config.h"
#include "conversions.h"
#include "entrepot/execution/instance.h"
#include "entrepot/graph/selection.h"
#include "entrepot/nearest_name.h"
#include "file_managers.h"
#include "instance.h"
#include "partitions.h"
#include "value.h"

namespace entrepot::python {
namespace {

/// What entrepot/_steps.py says of a parameter.
struct PythonInput {
  PyRef input;  // A StepInput.
};

/// What a step calls. Needs Python's lock to be used and to die.
class PythonCompute {
 public:
  PythonCompute(nb::handle run, std::vector<PythonInput> inputs)
      : run_(MakePyRef(run)), inputs_(std::move(inputs)) {}

  /// `run` gets the context, then the inputs in their order. It returns (True, value), or
  /// (False, None) for no value (Step.run in entrepot/_steps.py).
  Result<Value> operator()(StepContext& context, std::vector<Value> inputs) const {
    const nb::gil_scoped_acquire lock;
    try {
      nb::list arguments;
      arguments.append(nb::cast(context.shared_from_this()));
      for (size_t i = 0; i < inputs.size(); ++i) {
        const Value input = std::exchange(inputs[i], Value());
        arguments.append(InputObject(input, ToObject(inputs_[i].input)));
      }
      const nb::object tuple = nb::steal(PyList_AsTuple(arguments.ptr()));
      arguments.clear();  // The function's frame holds the last references.
      const nb::object returned = nb::steal(PyObject_CallObject(run_.get(), tuple.ptr()));
      if (!returned.is_valid()) throw nb::python_error();
      if (PyTuple_GET_ITEM(returned.ptr(), 0) != Py_True) return Value();
      return ValueOf(PyTuple_GET_ITEM(returned.ptr(), 1));
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  }

 private:
  PyRef run_;
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
  if (nb::len(entries) == 0) return {};
  return nb::cast<Metadata>(
      Attribute("entrepot._metadata", "normalize_definition")(entries));
}

std::vector<OutputName> OutputNamesFrom(nb::handle pairs) {
  std::vector<OutputName> names;
  for (nb::handle pair : pairs) {
    auto [step, output] = nb::cast<std::pair<std::string, std::string>>(pair);
    names.push_back({std::move(step), std::move(output)});
  }
  return names;
}

template <typename T>
std::optional<T> Optional(nb::handle object) {
  if (object.is_none()) return std::nullopt;
  return nb::cast<T>(object);
}

}  // namespace

StepInput InputFrom(nb::handle input) {
  return {
      .name = nb::cast<std::string>(input.attr("name")),
      .key = Optional<AssetKey>(input.attr("key")),
      .is_exact = nb::cast<bool>(input.attr("is_exact")),
      .outputs = OutputNamesFrom(input.attr("outputs")),
      .is_list = nb::cast<bool>(input.attr("is_list")),
      .input_manager_key = nb::cast<std::string>(input.attr("input_manager_key")),
      .partition_mapping = Optional<PartitionMapping>(input.attr("partition_mapping")),
      .metadata = DefinitionMetadataFrom(input.attr("metadata")),
      .host = MakePyRef(input)};
}

StepOutput OutputFrom(nb::handle output) {
  AssetFacts facts{
      .group = nb::cast<std::string>(output.attr("group_name")),
      .description = nb::cast<std::string>(output.attr("description")),
      .code_version = nb::cast<std::string>(output.attr("code_version")),
      .metadata = DefinitionMetadataFrom(output.attr("metadata")),
      .tags = nb::cast<std::map<std::string, std::string>>(output.attr("tags")),
      .kinds = nb::cast<std::vector<std::string>>(output.attr("kinds")),
      .host = MakePyRef(output)};
  return {.name = nb::cast<std::string>(output.attr("name")),
          .key = Optional<AssetKey>(output.attr("key")),
          .io_manager_key = nb::cast<std::string>(output.attr("io_manager_key")),
          .is_required = nb::cast<bool>(output.attr("is_required")),
          .facts = std::make_shared<const AssetFacts>(std::move(facts))};
}

namespace {

RetryPolicy RetryPolicyFrom(nb::handle policy) {
  if (policy.is_none()) return {};
  return {.max_retries = nb::cast<int>(policy.attr("max_retries")),
          .delay = std::chrono::duration<double>(
              nb::cast<double>(policy.attr("delay_seconds"))),
          .backoff = BackoffFrom(nb::cast<std::string>(policy.attr("backoff_name"))),
          .jitter = JitterFrom(nb::cast<std::string>(policy.attr("jitter_name")))};
}

PartitionsPtr PartitionsOrRaise(nb::handle object) {
  auto partitions = PartitionsFromPython(object);
  if (!partitions) RaisePythonError(partitions.error());
  return *std::move(partitions);
}

/// Takes an entrepot._steps.Step.
StepDefinition StepFrom(nb::handle step) {
  StepDefinition definition{
      .spec = {.key = nb::cast<std::string>(step.attr("key")),
               .deps = nb::cast<std::vector<AssetKey>>(step.attr("deps")),
               .after = OutputNamesFrom(step.attr("after")),
               .outputs = {},
               .partitions = PartitionsOrRaise(step.attr("partitions_def"))},
      .retry_policy = RetryPolicyFrom(step.attr("retry_policy")),
      .host = MakePyRef(step)};
  std::vector<PythonInput> inputs;
  for (nb::handle input : step.attr("inputs")) {
    definition.spec.inputs.push_back(InputFrom(input));
    definition.compute.inputs.push_back(
        {.as_stream = nb::cast<bool>(input.attr("wants_stream"))});
    inputs.push_back({MakePyRef(input)});
  }
  for (nb::handle output : step.attr("outputs"))
    definition.spec.outputs.push_back(OutputFrom(output));
  for (const auto& [place, value] : nb::cast<nb::dict>(step.attr("given"))) {
    definition.given.emplace(nb::cast<size_t>(place), ValueOf(value));
  }
  definition.required_resource_keys =
      nb::cast<std::vector<std::string>>(step.attr("required_resource_keys"));
  definition.config = DeclaredConfigFrom(step.attr("declared_config"));
  definition.compute.function = PythonCompute(step.attr("run"), std::move(inputs));
  return definition;
}

/// Takes a StepOutput of an asset that something else makes.
void AddExternal(Definitions& definitions, nb::handle output, nb::handle partitions) {
  StepDefinition definition;
  definition.spec.outputs = {OutputFrom(output)};
  definition.spec.key = definition.spec.outputs[0].key.value().ToUserString();
  definition.spec.partitions = PartitionsOrRaise(partitions);
  definition.spec.is_external = true;
  definitions.Add(std::move(definition));
}

void AddJob(Definitions& definitions, const std::string& name, nb::handle steps) {
  Job job(name);
  for (nb::handle step : steps) job.Add(StepFrom(step));
  definitions.Add(std::move(job));
}

/// Holds a Python object as what the core has in its place.
std::any HeldAs(ResourceKind kind, nb::handle object) {
  switch (kind) {
    case ResourceKind::kIOManager:
      return ManagerFrom(object);
    case ResourceKind::kInputManager:
      return InputManagerFrom(object);
    default:
      return MakePyRef(object);
  }
}

std::function<Status()> TeardownFrom(nb::handle call) {
  if (call.is_none()) return {};
  return [call = MakePyRef(call)]() -> Status {
    const nb::gil_scoped_acquire lock;
    try {
      ToObject(call)();
      return {};
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  };
}

/// Calls `make` (entrepot._resource_binding) once per run. It returns (resource, teardown
/// or None, configuration or None).
ResourceFactory FactoryFrom(ResourceKind kind, nb::handle make) {
  return [kind, make = MakePyRef(make)](
             const ResourceContext& context) -> Result<MadeResource> {
    const nb::gil_scoped_acquire lock;
    try {
      const nb::object made =
          ToObject(make)(context.key, context.run_id,
                         EndingUnlocked(context.instance.weak_self().lock()),
                         ResourcesObject(context.resources), context.log,
                         ReadObject(context.read_config));
      const nb::object config = made[2];
      return MadeResource{.resource = HeldAs(kind, made[0]),
                          .teardown = TeardownFrom(made[1]),
                          .config = config.is_none() ? nullptr : MakePyRef(config)};
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  };
}

void BindFactory(Definitions& definitions, const std::string& key, ResourceKind kind,
                 nb::handle make, std::vector<std::string> required_keys,
                 nb::handle config) {
  definitions.Bind(key, ResourceBinding{.kind = kind,
                                        .make = FactoryFrom(kind, make),
                                        .required_keys = std::move(required_keys),
                                        .config = DeclaredConfigFrom(config)});
}

void BindObject(Definitions& definitions, const std::string& key, ResourceKind kind,
                nb::handle object) {
  definitions.Bind(
      key, ResourceBinding{.kind = kind,
                           .make = [held = HeldAs(kind, object)](const ResourceContext&) {
                             return Result<MadeResource>({.resource = held});
                           }});
}

Result<std::vector<AssetKey>> SelectedKeys(const Definitions& definitions,
                                           const std::string& text) {
  ENTREPOT_ASSIGN_OR_RETURN(const StepGraph graph, definitions.Graph());
  ENTREPOT_ASSIGN_OR_RETURN(const auto nodes, SelectAssets(graph, text));
  std::vector<AssetKey> keys;
  for (const size_t node : nodes) {
    for (const StepOutput& output : graph.nodes()[node].spec.outputs)
      if (output.key) keys.push_back(*output.key);
  }
  return keys;
}

}  // namespace

void BindDefinitions(nb::module_& m) {
  nb::enum_<ResourceKind>(m, "ResourceKind", "What may stand where a manager is wanted.")
      .value("OTHER", ResourceKind::kOther)
      .value("INPUT_MANAGER", ResourceKind::kInputManager)
      .value("IO_MANAGER", ResourceKind::kIOManager);

  nb::class_<Definitions>(m, "CoreDefinitions",
                          "Assets and resources, as the core has them.")
      .def(nb::init<>())
      .def(
          "add_step", [](Definitions& d, nb::handle step) { d.Add(StepFrom(step)); },
          "step"_a)
      .def("add_external", &AddExternal, "output"_a, "partitions_def"_a.none())
      .def("add_job", &AddJob, "name"_a, "steps"_a)
      .def("bind_factory", &BindFactory, "key"_a, "kind"_a, "make"_a, "required_keys"_a,
           "config"_a.none())
      .def("bind_object", &BindObject, "key"_a, "kind"_a, "object"_a.none())
      .def("select", &SelectedKeys, "text"_a,
           "The keys of the assets that a text selects.")
      .def("validate", &Definitions::Validate);

  m.def(
      "make_instance_io_manager",
      [](const Instance& instance, const std::string& config, nb::handle file_manager) {
        return instance.MakeFileSystemIOManager(config, FilesFrom(file_manager));
      },
      "instance"_a, "config"_a, "file_manager"_a = nb::none(),
      nb::sig("def make_instance_io_manager(instance: Instance, config: str, "
              "file_manager: object | None = None) -> NativeIOManager"),
      "Makes a filesystem manager, by default of the instance's own folder.");
  m.def(
      "did_you_mean",
      [](const std::string& name, const std::vector<std::string>& candidates) {
        return DidYouMean(name, candidates);
      },
      "name"_a, "candidates"_a,
      "The end of a message about an unknown name: the nearest ones, or all there are.");
}

}  // namespace entrepot::python
