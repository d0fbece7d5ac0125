#include <nanobind/stl/map.h>
#include "bindings.h"

#include "conversions.h"
#include "entrepot/io/context.h"
#include "instance.h"
#include "partitions.h"
#include "value.h"

namespace entrepot::python {
namespace {

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

/// Returns the definition of the op or asset whose output or input a host object is.
nb::object OpDefOf(const nb::object& host, const std::string& what) {
  const nb::object definition = nb::getattr(host, "op_def", nb::none());
  if (definition.is_none()) RaiseInapplicable(what + " belongs to no definition");
  return definition;
}

/// Tears down the resources that were made for a context outside of a run.
void CloseScope(nb::handle self, const nb::args&) {
  const nb::object scope = nb::getattr(self, "_resource_scope", nb::none());
  if (!scope.is_none()) scope.attr("close")();
}

nb::list ToPython(const std::vector<AssetEvent>& events) {
  nb::list list;
  for (const AssetEvent& event : events) list.append(AssetEventToPython(event));
  return list;
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
  if (partitions->time_windows() == nullptr) {
    RaiseInapplicable(fmt::format("the partitions of {} are no windows of time: {}",
                                  context.Describe(), partitions->Describe()));
  }
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
  nb::class_<OutputContext>(m, "OutputContext", nb::dynamic_attr(),
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
      .def_prop_ro(
          "config", [](const OutputContext& c) { return HostObject(c.config()); },
          nb::sig("def config(self) -> typing.Any"), "Of this output alone.")
      .def_prop_ro("version",
                   [](const OutputContext& c) -> std::optional<std::string> {
                     if (c.version().empty()) return std::nullopt;
                     return c.version();
                   })
      .def_prop_ro("io_manager_key", &OutputContext::io_manager_key)
      .def_prop_ro("mapping_key", [](const OutputContext&) { return nb::none(); })
      .def_prop_ro(
          "op_def",
          [](const OutputContext& c) {
            return OpDefOf(HostObject(c.asset().host), c.Describe());
          },
          nb::sig("def op_def(self) -> typing.Any"),
          "What defines the step: an op's or an asset's definition.")
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
      .def("get_output_identifier", &OutputContext::Identifier,
           "As get_identifier; Dagster's older name.")
      .def("get_run_scoped_output_identifier", &OutputContext::Identifier,
           "As get_identifier; Dagster's older name.")
      .def("get_asset_identifier", &OutputContext::AssetIdentifier,
           "The asset's path, then its partition.")
      .def("get_asset_output_identifier", &OutputContext::AssetIdentifier,
           "As get_asset_identifier; Dagster's older name.")
      .def(
          "log_event",
          [](OutputContext& c, nb::handle event) {
            return c.LogEvent(AssetEventFrom(event));
          },
          "event"_a,
          nb::sig("def log_event(self, event: entrepot._results.AssetObservation | "
                  "entrepot._results.AssetMaterialization) -> None"),
          "Logs what is to be said of this or another asset, at once.")
      .def(
          "get_logged_events",
          [](const OutputContext& c) { return ToPython(c.logged_events()); },
          nb::sig(
              "def get_logged_events(self) -> list[entrepot._results.AssetObservation "
              "| entrepot._results.AssetMaterialization]"),
          "What log_event has logged.")
      .def(
          "__enter__", [](nb::object self) { return self; },
          nb::sig("def __enter__(self) -> OutputContext"))
      .def("__exit__", &CloseScope)
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

  nb::class_<InputContext>(m, "InputContext", nb::dynamic_attr(),
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
      .def_prop_ro(
          "config", [](const InputContext& c) { return HostObject(c.config()); },
          nb::sig("def config(self) -> typing.Any"), "Of this input alone.")
      .def_prop_ro(
          "op_def",
          [](const InputContext& c) {
            return OpDefOf(HostObject(c.host()), c.Describe());
          },
          nb::sig("def op_def(self) -> typing.Any"), "What defines the step that reads.")
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
      .def("get_identifier", &InputContext::Identifier,
           "The upstream output's: [run id, step key, output name].")
      .def("get_asset_identifier", &InputContext::AssetIdentifier,
           "The asset's path, then its partition where one is read.")
      .def(
          "add_input_metadata",
          [](const InputContext& c, nb::handle metadata,
             const std::optional<std::string>& description) {
            return c.AddInputMetadata(MetadataFrom(metadata), description.value_or(""));
          },
          "metadata"_a, "description"_a = nb::none(),
          nb::sig("def add_input_metadata(self, metadata: collections.abc.Mapping[str, "
                  "object], description: str | None = None) -> None"),
          "Logs what loading showed: of an asset as an observation of each partition.")
      .def(
          "get_observations",
          [](const InputContext& c) { return ToPython(c.observations()); },
          nb::sig("def get_observations(self) -> "
                  "list[entrepot._results.AssetObservation]"),
          "What add_input_metadata has logged.")
      .def(
          "__enter__", [](nb::object self) { return self; },
          nb::sig("def __enter__(self) -> InputContext"))
      .def("__exit__", &CloseScope)
      .def("__repr__", [](const InputContext& c) {
        return "<InputContext of " + c.Describe() + ">";
      });
}

}  // namespace entrepot::python
