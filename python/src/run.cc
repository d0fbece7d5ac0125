#include "bindings.h"
#include "config.h"
#include "conversions.h"
#include "entrepot/execution/materialize.h"
#include "entrepot/execution/step_failure.h"
#include "signals.h"
#include "step_log.h"
#include "value.h"

namespace entrepot::python {
namespace {

/// Calls `run` with the options that all runs have, without Python's lock.
template <typename Run>
Result<RunResult> RunWith(const std::shared_ptr<Instance>& instance,
                          std::optional<std::string> partition_key, int max_workers,
                          nb::handle run_config, EnvironmentLookup environment, Run run) {
  SignalPoll signals;
  const PythonRunConfig config(run_config, std::move(environment));
  auto result = [&] {
    const nb::gil_scoped_release unlocked;
    return run(MaterializeOptions{.instance = instance,
                                  .partition = std::move(partition_key),
                                  .config = config.config(),
                                  .poll = [&] { return signals.Poll(); },
                                  .max_workers = max_workers,
                                  .on_log = LogForwarder()});
  }();
  signals.Rethrow();
  return result;
}

Result<RunResult> RunAssets(const Definitions& definitions,
                            const std::shared_ptr<Instance>& instance,
                            const std::string& select, const std::vector<AssetKey>& keys,
                            std::optional<std::string> partition_key, int max_workers,
                            nb::handle run_config, EnvironmentLookup environment) {
  return RunWith(instance, std::move(partition_key), max_workers, run_config,
                 std::move(environment), [&](MaterializeOptions options) {
                   options.select = select;
                   options.keys = keys;
                   return Materialize(definitions, std::move(options));
                 });
}

Result<RunResult> RunJob(const Definitions& definitions, const std::string& job,
                         const std::shared_ptr<Instance>& instance,
                         std::optional<std::string> partition_key, int max_workers,
                         nb::handle run_config, EnvironmentLookup environment) {
  return RunWith(instance, std::move(partition_key), max_workers, run_config,
                 std::move(environment), [&](MaterializeOptions options) {
                   return ExecuteJob(definitions, job, std::move(options));
                 });
}

/// Returns what `load` does, as `as_type`.
template <typename Load>
nb::object LoadedAs(nb::handle as_type, Load load) {
  const nb::object wanted = as_type.is_none()
                                ? nb::object(nb::none())
                                : Attribute("entrepot._values", "wanted_type")(as_type);
  const LoadRequest request{
      .as_stream = nb::cast<bool>(Attribute("entrepot._values", "wants_stream")(wanted))};
  auto value = [&] {
    const nb::gil_scoped_release unlocked;
    return load(request);
  }();
  if (!value) RaisePythonError(value.error());
  return ObjectOf(*value, wanted);
}

nb::object OutputObject(const RunResult& result, nb::handle key, nb::handle as_type) {
  const AssetKey asset = KeyFrom(key);
  return LoadedAs(as_type, [&](const LoadRequest& request) {
    return result.OutputValue(asset, request);
  });
}

nb::object StepOutputObject(const RunResult& result, const std::string& step_key,
                            const std::string& output, nb::handle as_type) {
  return LoadedAs(as_type, [&](const LoadRequest& request) {
    return result.OutputValue(step_key, output, request);
  });
}

}  // namespace

void BindRun(nb::module_& m) {
  nb::class_<OutputOutcome>(m, "OutputOutcome", "What became of one output of a step.")
      .def_ro("name", &OutputOutcome::name)
      .def_ro("asset_key", &OutputOutcome::key)
      .def_ro("partition", &OutputOutcome::partition)
      .def_ro("is_made", &OutputOutcome::is_made)
      .def_ro("has_value", &OutputOutcome::stored)
      .def_ro("receipts", &OutputOutcome::receipts)
      .def_prop_ro(
          "metadata", [](const OutputOutcome& o) { return MetadataDict(o.metadata); },
          nb::sig("def metadata(self) -> dict[str, MetadataValue]"))
      .def_ro("store", &OutputOutcome::store)
      .def_prop_ro("storage_id", [](const OutputOutcome& o) -> std::optional<EventId> {
        if (!o.id) return std::nullopt;
        return o.id->load();
      });

  nb::class_<StepOutcome>(m, "StepOutcome", "What became of one step.")
      .def_ro("step_key", &StepOutcome::step_key)
      .def_ro("outputs", &StepOutcome::outputs)
      .def_prop_ro("status",
                   [](const StepOutcome& o) { return std::string(ToString(o.status)); })
      .def_ro("attempts", &StepOutcome::attempts)
      .def_prop_ro("error",
                   [](const StepOutcome& o) -> std::optional<std::string> {
                     if (!o.error) return std::nullopt;
                     return o.error->ToString();
                   })
      .def_prop_ro(
          "exception",
          [](const StepOutcome& o) -> nb::object {
            if (!o.error) return nb::none();
            SetPythonError(*o.error);
            nb::python_error raised;
            return nb::borrow(raised.value());
          },
          nb::sig("def exception(self) -> BaseException | None"),
          "The exception of the last attempt that failed.")
      .def_prop_ro(
          "failure_metadata",
          [](const StepOutcome& o) -> nb::object {
            const auto details = o.error ? FailureDetailsOf(*o.error) : std::nullopt;
            if (!details) return nb::none();
            return MetadataDict(details->metadata);
          },
          nb::sig("def failure_metadata(self) -> dict[str, MetadataValue] | None"),
          "What a Failure said of it; None for other errors.")
      .def_ro("partition", &StepOutcome::partition)
      .def_ro("load_seconds", &StepOutcome::load_seconds)
      .def_ro("compute_seconds", &StepOutcome::compute_seconds);

  nb::class_<RunResult>(m, "CoreRunResult", "What a run did, as the core has it.")
      .def_prop_ro("success", &RunResult::success)
      .def_prop_ro("run_id", &RunResult::run_id)
      .def_prop_ro("status",
                   [](const RunResult& r) { return std::string(ToString(r.status())); })
      .def_prop_ro("instance", &RunResult::instance)
      .def_prop_ro("steps", &RunResult::steps)
      .def("check", &RunResult::ToStatus, "Raises the first failure.")
      .def("output", &OutputObject, "key"_a, "as_type"_a = nb::none())
      .def("step_output", &StepOutputObject, "step_key"_a, "output"_a,
           "as_type"_a = nb::none());

  m.def("run_assets", &RunAssets, "definitions"_a, "instance"_a.none(), "select"_a,
        "keys"_a, "partition_key"_a.none(), "max_workers"_a, "run_config"_a.none(),
        "environment"_a);
  m.def("run_job", &RunJob, "definitions"_a, "job"_a, "instance"_a.none(),
        "partition_key"_a.none(), "max_workers"_a, "run_config"_a.none(),
        "environment"_a);
}

}  // namespace entrepot::python
