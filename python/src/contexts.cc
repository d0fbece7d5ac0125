#include "bindings.h"
#include "conversions.h"
#include "entrepot/execution/step_context.h"
#include "entrepot/io/context.h"
#include "instance.h"

namespace entrepot::python {
namespace {

void WriteLine(StepLog& log, LogLevel level, nb::handle message, const nb::args& args) {
  const nb::object text = nb::str(message);
  const nb::object line =
      args.size() == 0 ? text : nb::steal(PyUnicode_Format(text.ptr(), args.ptr()));
  if (!line.is_valid()) throw nb::python_error();
  auto text_line = nb::cast<std::string>(line);
  const nb::gil_scoped_release unlocked;
  log.Write(level, std::move(text_line));
}

template <LogLevel kLevel>
void WriteAt(StepLog& log, nb::handle message, const nb::args& args) {
  WriteLine(log, kLevel, message, args);
}

/// Raises an error that is also an AttributeError, so that hasattr and getattr with a
/// default work on what does not apply.
[[noreturn]] void RaiseInapplicable(const std::string& message) {
  const nb::object type = Attribute("entrepot.errors", "ContextAttributeError");
  PyErr_SetString(type.ptr(), message.c_str());
  throw nb::python_error();
}

nb::object PartitionKey(const OutputContext& context) {
  if (context.partition()) return nb::cast(*context.partition());
  RaiseInapplicable(context.Describe() + " has no partition");
}

/// The metadata of an asset's definition: the raw objects it was given.
nb::object DefinitionMetadata(const OutputContext& context) {
  const nb::object definition = HostObject(context.asset().host);
  if (definition.is_none()) return PlainMetadata(context.asset().metadata);
  return nb::steal(PyDict_Copy(nb::object(definition.attr("metadata")).ptr()));
}

nb::object InputMetadata(const InputContext& context) {
  const nb::object input = HostObject(context.host());
  if (input.is_none()) return PlainMetadata(context.definition_metadata());
  return nb::steal(PyDict_Copy(nb::object(input.attr("metadata")).ptr()));
}

/// The input's own metadata over the upstream asset's.
nb::object MergedMetadata(const InputContext& context) {
  const nb::object merged = DefinitionMetadata(context.upstream_output());
  if (PyDict_Update(merged.ptr(), InputMetadata(context).ptr()) != 0)
    throw nb::python_error();
  return merged;
}

nb::object TypeOf(const nb::object& host) {
  if (host.is_none()) return Attribute("entrepot._types", "ANY_TYPE");
  return host.attr("dagster_type");
}

nb::object InstanceOf(const InputContext& context) {
  if (auto instance = context.instance()) {
    return nb::cast(EndingUnlocked(std::move(instance)));
  }
  RaiseInapplicable(context.upstream_output().Describe() +
                    " has no instance: none was given, or it is gone");
}

std::shared_ptr<OutputContext> Upstream(const InputContext& context) {
  return std::const_pointer_cast<OutputContext>(context.shared_upstream_output());
}

template <typename Context>
std::shared_ptr<StepLog> LogOf(const std::shared_ptr<Context>& context) {
  // Shares the context's life, as the log may be its own.
  return std::shared_ptr<StepLog>(context, &context->log());
}

template <typename Context>
nb::object ResourcesOf(const Context& context) {
  return ResourcesObject(context.resources());
}

}  // namespace

void BindContexts(nb::module_& m) {
  nb::class_<StepLog>(m, "StepLog", "Takes lines for the event log.")
      .def("debug", &WriteAt<LogLevel::kDebug>, "message"_a, "args"_a)
      .def("info", &WriteAt<LogLevel::kInfo>, "message"_a, "args"_a)
      .def("warning", &WriteAt<LogLevel::kWarning>, "message"_a, "args"_a)
      .def("error", &WriteAt<LogLevel::kError>, "message"_a, "args"_a);

  nb::class_<OutputContext>(m, "OutputContext",
                            "What an I/O manager is told about the value it stores.")
      .def_prop_ro("name", &OutputContext::name)
      .def_prop_ro("step_key", &OutputContext::step_key)
      .def_prop_ro("run_id", &OutputContext::run_id)
      .def_prop_ro("has_asset_key",
                   [](const OutputContext& c) { return c.asset_key().has_value(); })
      .def_prop_ro("asset_key", &OutputContext::asset_key,
                   "None for what is not an asset.")
      .def_prop_ro("has_partition_key",
                   [](const OutputContext& c) { return c.partition().has_value(); })
      .def_prop_ro("has_asset_partitions",
                   [](const OutputContext& c) { return c.partition().has_value(); })
      .def_prop_ro("partition_key", &PartitionKey,
                   nb::sig("def partition_key(self) -> str"))
      .def_prop_ro("asset_partition_key", &PartitionKey,
                   nb::sig("def asset_partition_key(self) -> str"))
      .def_prop_ro("version",
                   [](const OutputContext& c) -> std::optional<std::string> {
                     if (c.version().empty()) return std::nullopt;
                     return c.version();
                   })
      .def_prop_ro("io_manager_key", &OutputContext::io_manager_key)
      .def_prop_ro("mapping_key", [](const OutputContext&) { return nb::none(); })
      .def_prop_ro("definition_metadata", &DefinitionMetadata,
                   nb::sig("def definition_metadata(self) -> dict[str, object]"),
                   "The asset's metadata, as it was given.")
      .def_prop_ro("metadata", &DefinitionMetadata,
                   nb::sig("def metadata(self) -> dict[str, object]"))
      .def_prop_ro(
          "output_metadata",
          [](const OutputContext& c) { return MetadataDict(c.output_metadata()); },
          nb::sig("def output_metadata(self) -> dict[str, MetadataValue]"),
          "What is known of the value beside itself: from the step's own code, and from "
          "its manager, whose entry wins where both have one of the same name.")
      .def_prop_ro(
          "dagster_type",
          [](const OutputContext& c) { return TypeOf(HostObject(c.asset().host)); },
          nb::sig("def dagster_type(self) -> entrepot._types.DagsterType"))
      .def_prop_ro("log", &LogOf<OutputContext>)
      .def_prop_ro("resources", &ResourcesOf<OutputContext>,
                   nb::sig("def resources(self) -> entrepot._resources.Resources"))
      .def_prop_ro("receipts", &OutputContext::receipts)
      .def("get_identifier", &OutputContext::Identifier,
           "[run id, step key, output name].")
      .def("get_asset_identifier", &OutputContext::AssetIdentifier, "The asset's path.")
      .def(
          "add_output_metadata",
          [](OutputContext& c, nb::handle metadata) {
            return c.AddOutputMetadata(MetadataFrom(metadata));
          },
          "metadata"_a,
          nb::sig("def add_output_metadata(self, metadata: collections.abc.Mapping[str, "
                  "object]) -> None"),
          "Adds to what the log keeps of the value; a name may be added here once.")
      .def(
          "get_logged_metadata",
          [](const OutputContext& c) { return MetadataDict(c.logged_metadata()); },
          nb::sig("def get_logged_metadata(self) -> dict[str, MetadataValue]"),
          "What add_output_metadata has added.")
      .def("__repr__", [](const OutputContext& c) {
        return "<OutputContext of " + c.Describe() + ">";
      });

  nb::class_<InputContext>(m, "InputContext",
                           "What an I/O manager is told about the value it loads.")
      .def_prop_ro("name",
                   [](const InputContext& c) -> std::optional<std::string> {
                     if (c.name().empty()) return std::nullopt;
                     return c.name();
                   })
      .def_prop_ro("has_input_name",
                   [](const InputContext& c) { return !c.name().empty(); })
      .def_prop_ro("run_id", &InputContext::run_id)
      .def_prop_ro("instance", &InstanceOf, nb::sig("def instance(self) -> Instance"),
                   "The instance of the run, or of the load outside of one.")
      .def_prop_ro("upstream_output", &Upstream)
      .def_prop_ro("has_asset_key",
                   [](const InputContext& c) { return c.asset_key().has_value(); })
      .def_prop_ro("asset_key", &InputContext::asset_key, "Of the upstream asset.")
      .def_prop_ro("has_partition_key",
                   [](const InputContext& c) { return c.partition().has_value(); })
      .def_prop_ro("has_asset_partitions",
                   [](const InputContext& c) { return c.partition().has_value(); })
      .def_prop_ro(
          "partition_key",
          [](const InputContext& c) { return PartitionKey(c.upstream_output()); },
          nb::sig("def partition_key(self) -> str"))
      .def_prop_ro(
          "asset_partition_key",
          [](const InputContext& c) { return PartitionKey(c.upstream_output()); },
          nb::sig("def asset_partition_key(self) -> str"))
      .def_prop_ro(
          "asset_partition_keys",
          [](const InputContext& c) {
            return nb::make_tuple(PartitionKey(c.upstream_output()));
          },
          nb::sig("def asset_partition_keys(self) -> collections.abc.Sequence[str]"))
      .def_prop_ro("definition_metadata", &InputMetadata,
                   nb::sig("def definition_metadata(self) -> dict[str, object]"),
                   "The input's own metadata, as it was given.")
      .def_prop_ro("metadata", &MergedMetadata,
                   nb::sig("def metadata(self) -> dict[str, object]"),
                   "The input's own metadata over the upstream asset's.")
      .def_prop_ro(
          "dagster_type",
          [](const InputContext& c) { return TypeOf(HostObject(c.host())); },
          nb::sig("def dagster_type(self) -> entrepot._types.DagsterType"))
      .def_prop_ro("log",
                   [](std::shared_ptr<InputContext> c) { return LogOf<InputContext>(c); })
      .def_prop_ro("resources", &ResourcesOf<InputContext>,
                   nb::sig("def resources(self) -> entrepot._resources.Resources"))
      .def("get_identifier",
           [](const InputContext& c) { return c.upstream_output().Identifier(); })
      .def("get_asset_identifier",
           [](const InputContext& c) { return c.upstream_output().AssetIdentifier(); })
      .def("__repr__", [](const InputContext& c) {
        return "<InputContext of " + c.upstream_output().Describe() + ">";
      });

  nb::class_<StepContext>(m, "AssetExecutionContext", "The step that a function runs in.")
      .def_prop_ro("run_id", &StepContext::run_id)
      .def_prop_ro("step_key", &StepContext::step_key)
      .def_prop_ro("asset_key", &StepContext::asset_key)
      .def_prop_ro("retry_number", [](const StepContext& c) { return c.attempt() - 1; })
      .def_prop_ro("log", [](const StepContext& c) { return c.shared_log(); })
      .def_prop_ro("resources", &ResourcesOf<StepContext>,
                   nb::sig("def resources(self) -> entrepot._resources.Resources"))
      .def(
          "add_output_metadata",
          [](StepContext& c, nb::handle metadata) {
            c.AddOutputMetadata(MetadataFrom(metadata));
          },
          "metadata"_a,
          nb::sig("def add_output_metadata(self, metadata: collections.abc.Mapping[str, "
                  "object]) -> None"),
          "Adds to what the log keeps of the value.");
}

}  // namespace entrepot::python
