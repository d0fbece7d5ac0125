#include "entrepot/execution/step_context.h"
#include "bindings.h"
#include "config.h"
#include "conversions.h"
#include "instance.h"
#include "partitions.h"
#include "value.h"

namespace entrepot::python {
namespace {

std::string RunPartition(const StepContext& context) {
  if (context.run_partition()) return *context.run_partition();
  RaiseInapplicable("the run has no partition");
}

nb::object InstanceOfStep(const StepContext& context) {
  if (auto instance = context.instance())
    return nb::cast(EndingUnlocked(std::move(instance)));
  RaiseInapplicable("the instance of step '" + context.step_key() + "' is gone");
}

nb::object OpDefOfStep(const StepContext& context) {
  const nb::object step = HostObject(context.host());
  const nb::object definition = nb::getattr(step, "definition", nb::none());
  if (definition.is_none())
    RaiseInapplicable("step '" + context.step_key() + "' belongs to no definition");
  return definition;
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

void BindStepContext(nb::module_& m) {
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
      .def_prop_ro("partition_key", &RunPartition, "Of the run.")
      .def_prop_ro("partition_keys",
                   [](const StepContext& c) { return std::vector{RunPartition(c)}; })
      .def_prop_ro(
          "partition_key_range",
          [](const StepContext& c) {
            return Attribute("entrepot._partitions", "PartitionKeyRange")(
                RunPartition(c), RunPartition(c));
          },
          nb::sig("def partition_key_range(self) -> "
                  "entrepot._partitions.PartitionKeyRange"))
      .def_prop_ro(
          "partition_time_window",
          [](const StepContext& c) {
            if (!c.partitions() || !c.partition())
              RaiseInapplicable("step '" + c.step_key() + "' has no partition");
            if (c.partitions()->time_windows() == nullptr)
              RaiseInapplicable("the partitions of step '" + c.step_key() +
                                "' are no windows of time");
            auto window = c.partitions()->WindowOf(*c.partition());
            if (!window) RaisePythonError(window.error());
            return TimeWindowToPython(*window);
          },
          nb::sig("def partition_time_window(self) -> entrepot._partitions.TimeWindow"))
      .def_prop_ro("instance", &InstanceOfStep, nb::sig("def instance(self) -> Instance"),
                   "The instance of the run.")
      .def_prop_ro("op_def", &OpDefOfStep, nb::sig("def op_def(self) -> typing.Any"),
                   "What defines the step: an op's or an asset's definition.")
      .def_prop_ro(
          "op_config", [](const StepContext& c) { return ReadObject(c.read_config()); },
          nb::sig("def op_config(self) -> typing.Any"),
          "The configuration of the step: as its config_schema says, or the Config that "
          "its function takes.")
      .def_prop_ro("retry_number", [](const StepContext& c) { return c.attempt() - 1; })
      .def_prop_ro("log", [](const StepContext& c) { return c.shared_log(); })
      .def_prop_ro(
          "resources",
          [](const StepContext& c) { return ResourcesObject(c.resources()); },
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
          "output_metadata",
          [](const StepContext& c, const std::string& output_name) {
            return MetadataDict(c.output_metadata(output_name));
          },
          "output_name"_a = "result",
          nb::sig("def output_metadata(self, output_name: str = 'result') -> dict[str, "
                  "MetadataValue]"),
          "What add_output_metadata has added.")
      .def(
          "log_event",
          [](StepContext& c, nb::handle event) {
            return c.LogEvent(AssetEventFrom(event));
          },
          "event"_a,
          nb::sig("def log_event(self, event: entrepot._results.AssetObservation | "
                  "entrepot._results.AssetMaterialization) -> None"),
          "Logs what is to be said of this or another asset, at once.")
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
