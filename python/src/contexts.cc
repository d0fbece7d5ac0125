#include <nanobind/stl/map.h>
#include "bindings.h"

#include "conversions.h"
#include "entrepot/execution/step_context.h"
#include "entrepot/io/context.h"
#include "instance.h"
#include "partitions.h"
#include "value.h"

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

/// Returns the partition of the run.
template <typename Context>
std::string RunPartition(const Context& context) {
  if (context.run_partition()) return *context.run_partition();
  RaiseInapplicable("the run has no partition");
}

/// Returns the partition of an output's asset.
std::string AssetPartition(const OutputContext& context) {
  if (context.partition()) return *context.partition();
  RaiseInapplicable(context.Describe() + " has no partition");
}

/// Returns the only partition that an input reads.
std::string AssetPartition(const InputContext& context) {
  const auto& keys = context.asset_partition_keys();
  if (keys.size() == 1) return keys.front();
  if (!context.has_asset_partitions())
    RaiseInapplicable(context.Describe() + " has no partition");
  RaiseInapplicable(
      fmt::format("input '{}' reads {} partitions of its asset, not one: ask for "
                  "asset_partition_keys",
                  context.name(), keys.size()));
}

std::vector<std::string> AssetPartitions(const InputContext& context) {
  if (!context.has_asset_partitions())
    RaiseInapplicable(context.Describe() + " has no partitions");
  return context.asset_partition_keys();
}

nb::object DefinitionMetadata(const OutputContext& context);

/// Returns what the definition says of an output's asset.
nb::object SpecOf(const OutputContext& context) {
  if (!context.asset_key()) RaiseInapplicable(context.Describe() + " is no asset");
  const AssetFacts& facts = context.asset();
  nb::dict fields;
  fields["group_name"] = facts.group;
  fields["description"] = facts.description;
  fields["code_version"] = facts.code_version;
  fields["metadata"] = DefinitionMetadata(context);
  fields["tags"] = nb::cast(facts.tags);
  fields["kinds"] = nb::cast(facts.kinds);
  fields["partitions_def"] = PartitionsToPython(context.partitions());
  fields["io_manager_key"] = context.io_manager_key();
  return Attribute("entrepot._assets", "AssetSpec")(*context.asset_key(), **fields);
}

template <typename Context>
nb::object ResourceConfig(const Context& context) {
  const nb::object config = HostObject(context.resource_config());
  return config.is_none() ? nb::object(nb::dict()) : config;
}

/// Returns the partitions of what a context is about; null where there are none.
PartitionsPtr DefinitionOf(const OutputContext& context) { return context.partitions(); }
PartitionsPtr DefinitionOf(const InputContext& context) {
  return context.has_upstream_output() ? context.upstream_output().partitions() : nullptr;
}

template <typename Context>
nb::object PartitionsDef(const Context& context) {
  if (!DefinitionOf(context))
    RaiseInapplicable(context.Describe() + " has no partitions");
  return PartitionsToPython(DefinitionOf(context));
}

/// Returns (first, last) of what is stored or read.
nb::object PartitionRange(std::string first, std::string last) {
  return Attribute("entrepot._partitions", "PartitionKeyRange")(std::move(first),
                                                                std::move(last));
}

template <typename Context>
nb::object TimeWindowOf(const Context& context, const std::string& first,
                        const std::string& last) {
  const PartitionsPtr partitions = DefinitionOf(context);
  if (!partitions) RaiseInapplicable(context.Describe() + " has no partitions");
  auto begin = partitions->WindowOf(first);
  auto end = partitions->WindowOf(last);
  if (!begin) RaisePythonError(begin.error());
  if (!end) RaisePythonError(end.error());
  begin->end = end->end;
  return TimeWindowToPython(*begin);
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
  const nb::object merged = context.has_upstream_output()
                                ? DefinitionMetadata(context.upstream_output())
                                : nb::object(nb::dict());
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
  RaiseInapplicable(context.Describe() +
                    " has no instance: none was given, or it is gone");
}

std::shared_ptr<OutputContext> Upstream(const InputContext& context) {
  return std::const_pointer_cast<OutputContext>(context.shared_upstream_output());
}

const OutputContext& UpstreamOf(const InputContext& context) {
  if (!context.has_upstream_output())
    RaiseInapplicable(context.Describe() + " comes from no step's output");
  return context.upstream_output();
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

void YieldOutput(StepContext& context, const std::string& output, bool has_value,
                 nb::handle object) {
  Value value = has_value ? ValueOf(object) : Value();
  const Status stored = [&] {
    const nb::gil_scoped_release unlocked;
    return context.Yield(output, std::move(value));
  }();
  if (!stored) RaisePythonError(stored.error());
}

nb::object LoadAssetValue(const StepContext& context, nb::handle key,
                          nb::handle python_type,
                          const std::optional<std::string>& partition) {
  const AssetKey asset = KeyFrom(key);
  const nb::object consumer = Attribute("entrepot._steps", "Consumer")(python_type);
  const LoadRequest request{.as_stream = nb::cast<bool>(consumer.attr("wants_stream"))};
  auto value = [&, host = MakePyRef(consumer)] {
    const nb::gil_scoped_release unlocked;
    return context.LoadValue(asset, partition, request, host);
  }();
  if (!value) RaisePythonError(value.error());
  return InputObject(*value, consumer);
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
                   [](const OutputContext& c) { return c.run_partition().has_value(); })
      .def_prop_ro("partition_key", &RunPartition<OutputContext>, "Of the run.")
      .def_prop_ro("has_asset_partitions",
                   [](const OutputContext& c) { return c.partition().has_value(); })
      .def_prop_ro("asset_partition_key",
                   [](const OutputContext& c) { return AssetPartition(c); })
      .def_prop_ro("asset_partition_keys",
                   [](const OutputContext& c) {
                     return std::vector<std::string>{AssetPartition(c)};
                   })
      .def_prop_ro(
          "asset_partition_key_range",
          [](const OutputContext& c) {
            return PartitionRange(AssetPartition(c), AssetPartition(c));
          },
          nb::sig("def asset_partition_key_range(self) -> "
                  "entrepot._partitions.PartitionKeyRange"))
      .def_prop_ro("asset_partitions_def", &PartitionsDef<OutputContext>,
                   nb::sig("def asset_partitions_def(self) -> "
                           "entrepot._partitions.PartitionsDefinition"))
      .def_prop_ro(
          "asset_partitions_time_window",
          [](const OutputContext& c) {
            return TimeWindowOf(c, AssetPartition(c), AssetPartition(c));
          },
          nb::sig("def asset_partitions_time_window(self) -> "
                  "entrepot._partitions.TimeWindow"))
      .def_prop_ro("asset_spec", &SpecOf,
                   nb::sig("def asset_spec(self) -> entrepot._assets.AssetSpec"),
                   "What the definition says of the asset: group, tags, kinds.")
      .def_prop_ro("job_name",
                   [](const OutputContext& c) -> std::optional<std::string> {
                     if (c.job_name().empty()) return std::nullopt;
                     return c.job_name();
                   })
      .def_prop_ro("resource_config", &ResourceConfig<OutputContext>,
                   nb::sig("def resource_config(self) -> dict[str, typing.Any]"),
                   "The configuration of the I/O manager.")
      .def_prop_ro("config", [](const OutputContext&) { return nb::none(); })
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
      .def_prop_ro("upstream_output", &Upstream,
                   nb::sig("def upstream_output(self) -> OutputContext | None"))
      .def_prop_ro("has_asset_key",
                   [](const InputContext& c) { return c.asset_key().has_value(); })
      .def_prop_ro("asset_key", &InputContext::asset_key, "Of the upstream asset.")
      .def_prop_ro("has_partition_key",
                   [](const InputContext& c) { return c.run_partition().has_value(); })
      .def_prop_ro("partition_key", &RunPartition<InputContext>, "Of the run.")
      .def_prop_ro("has_asset_partitions", &InputContext::has_asset_partitions)
      .def_prop_ro("asset_partition_key",
                   [](const InputContext& c) { return AssetPartition(c); })
      .def_prop_ro("asset_partition_keys", &AssetPartitions,
                   "The partitions of the asset that are read, in their order.")
      .def_prop_ro(
          "asset_partition_key_range",
          [](const InputContext& c) {
            const auto keys = AssetPartitions(c);
            if (keys.empty()) RaiseInapplicable(c.Describe() + ": no partition is read");
            return PartitionRange(keys.front(), keys.back());
          },
          nb::sig("def asset_partition_key_range(self) -> "
                  "entrepot._partitions.PartitionKeyRange"))
      .def_prop_ro("asset_partitions_def", &PartitionsDef<InputContext>,
                   nb::sig("def asset_partitions_def(self) -> "
                           "entrepot._partitions.PartitionsDefinition"))
      .def_prop_ro(
          "asset_partitions_time_window",
          [](const InputContext& c) {
            const auto keys = AssetPartitions(c);
            if (keys.empty()) RaiseInapplicable(c.Describe() + ": no partition is read");
            return TimeWindowOf(c, keys.front(), keys.back());
          },
          nb::sig("def asset_partitions_time_window(self) -> "
                  "entrepot._partitions.TimeWindow"))
      .def_prop_ro(
          "asset_spec",
          [](const InputContext& c) {
            if (!c.has_upstream_output())
              RaiseInapplicable(c.Describe() + " is of no known asset");
            return SpecOf(c.upstream_output());
          },
          nb::sig("def asset_spec(self) -> entrepot._assets.AssetSpec"))
      .def_prop_ro("job_name",
                   [](const InputContext& c) -> std::optional<std::string> {
                     if (c.job_name().empty()) return std::nullopt;
                     return c.job_name();
                   })
      .def_prop_ro("resource_config", &ResourceConfig<InputContext>,
                   nb::sig("def resource_config(self) -> dict[str, typing.Any]"),
                   "The configuration of what loads the input.")
      .def_prop_ro("config", [](const InputContext&) { return nb::none(); })
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
           [](const InputContext& c) { return UpstreamOf(c).Identifier(); })
      .def("get_asset_identifier",
           [](const InputContext& c) { return UpstreamOf(c).AssetIdentifier(); })
      .def("__repr__", [](const InputContext& c) {
        return "<InputContext of " + c.upstream_output().Describe() + ">";
      });

  nb::class_<StepContext>(m, "AssetExecutionContext", "The step that a function runs in.")
      .def_prop_ro("run_id", &StepContext::run_id)
      .def_prop_ro("step_key", &StepContext::step_key)
      .def_prop_ro("job_name",
                   [](const StepContext& c) -> std::optional<std::string> {
                     if (c.job_name().empty()) return std::nullopt;
                     return c.job_name();
                   })
      .def_prop_ro("asset_key", &StepContext::asset_key)
      .def_prop_ro("has_assets",
                   [](const StepContext& c) { return c.asset_key().has_value(); })
      .def_prop_ro("has_partition_key",
                   [](const StepContext& c) { return c.run_partition().has_value(); })
      .def_prop_ro("partition_key",
                   [](const StepContext& c) {
                     if (c.run_partition()) return *c.run_partition();
                     RaiseInapplicable("the run has no partition");
                   })
      .def_prop_ro("partition_keys",
                   [](const StepContext& c) {
                     if (c.run_partition()) return std::vector{*c.run_partition()};
                     RaiseInapplicable("the run has no partition");
                   })
      .def_prop_ro(
          "partition_time_window",
          [](const StepContext& c) {
            if (!c.partitions() || !c.partition())
              RaiseInapplicable("step '" + c.step_key() + "' has no partition");
            auto window = c.partitions()->WindowOf(*c.partition());
            if (!window) RaisePythonError(window.error());
            return TimeWindowToPython(*window);
          },
          nb::sig("def partition_time_window(self) -> entrepot._partitions.TimeWindow"))
      .def_prop_ro("retry_number", [](const StepContext& c) { return c.attempt() - 1; })
      .def_prop_ro("log", [](const StepContext& c) { return c.shared_log(); })
      .def_prop_ro("resources", &ResourcesOf<StepContext>,
                   nb::sig("def resources(self) -> entrepot._resources.Resources"))
      .def(
          "add_output_metadata",
          [](StepContext& c, nb::handle metadata, const std::string& output_name) {
            c.AddOutputMetadata(MetadataFrom(metadata), output_name);
          },
          "metadata"_a, "output_name"_a = "result",
          nb::sig("def add_output_metadata(self, metadata: collections.abc.Mapping[str, "
                  "object], output_name: str = 'result') -> None"),
          "Adds to what the log keeps of the value of an output.")
      .def(
          "new_file",
          [](StepContext& c, const std::string& extension) {
            auto path = c.NewFile(extension);
            if (!path) RaisePythonError(path.error());
            return Attribute("pathlib", "Path")(path->path().string());
          },
          "extension"_a = "",
          nb::sig("def new_file(self, extension: str = '') -> pathlib.Path"),
          "Returns a path where there is nothing yet, in a folder that goes with the "
          "step: "
          "for a library that writes a file of its own. Return the path to store the "
          "file.")
      .def("yield_output", &YieldOutput, "output_name"_a, "has_value"_a, "value"_a.none(),
           "Gives an output its value, or none; what generators yield comes here.")
      .def("load_asset_value", &LoadAssetValue, "asset_key"_a, nb::kw_only(),
           "python_type"_a = nb::none(), "partition_key"_a = nb::none(),
           nb::sig("def load_asset_value(self, asset_key: AssetKey | str | "
                   "collections.abc.Sequence[str], *, python_type: object = None, "
                   "partition_key: str | None = None) -> typing.Any"),
           "Loads the last value of an asset that is no parameter of the function.");
}

}  // namespace entrepot::python
