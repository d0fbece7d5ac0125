#include "bindings.h"
#include "conversions.h"
#include "entrepot/execution/materialize.h"
#include "signals.h"
#include "value.h"

namespace entrepot::python {
namespace {

Result<RunResult> RunAssets(const Definitions& definitions,
                            const std::shared_ptr<Instance>& instance,
                            const std::string& select, const std::vector<AssetKey>& keys,
                            int max_workers) {
  SignalPoll signals;
  auto result = [&] {
    const nb::gil_scoped_release unlocked;
    return Materialize(definitions, {.instance = instance,
                                     .select = select,
                                     .keys = keys,
                                     .poll = [&] { return signals.Poll(); },
                                     .max_workers = max_workers});
  }();
  signals.Rethrow();
  return result;
}

nb::object OutputObject(const RunResult& result, nb::handle key, nb::handle as_type) {
  const AssetKey asset = KeyFrom(key);
  const nb::object wanted = as_type.is_none()
                                ? nb::object(nb::none())
                                : Attribute("entrepot._values", "wanted_type")(as_type);
  const bool as_stream =
      nb::cast<bool>(Attribute("entrepot._values", "wants_stream")(wanted));
  auto value = [&] {
    const nb::gil_scoped_release unlocked;
    return result.OutputValue(asset, {.as_stream = as_stream});
  }();
  if (!value) RaisePythonError(value.error());
  return ObjectOf(*value, wanted);
}

}  // namespace

void BindRun(nb::module_& m) {
  nb::class_<StepOutcome>(m, "StepOutcome", "What became of one step.")
      .def_ro("step_key", &StepOutcome::step_key)
      .def_ro("asset_key", &StepOutcome::key)
      .def_prop_ro("status",
                   [](const StepOutcome& o) { return std::string(ToString(o.status)); })
      .def_ro("attempts", &StepOutcome::attempts)
      .def_prop_ro("error",
                   [](const StepOutcome& o) -> std::optional<std::string> {
                     if (!o.error) return std::nullopt;
                     return o.error->ToString();
                   })
      .def_ro("has_value", &StepOutcome::stored)
      .def_ro("receipts", &StepOutcome::receipts)
      .def_prop_ro(
          "metadata", [](const StepOutcome& o) { return MetadataDict(o.metadata); },
          nb::sig("def metadata(self) -> dict[str, MetadataValue]"))
      .def_ro("compute_seconds", &StepOutcome::compute_seconds)
      .def_ro("store", &StepOutcome::store)
      .def_prop_ro("storage_id", [](const StepOutcome& o) -> std::optional<EventId> {
        if (!o.id) return std::nullopt;
        return o.id->load();
      });

  nb::class_<RunResult>(m, "CoreRunResult", "What a run did, as the core has it.")
      .def_prop_ro("success", &RunResult::success)
      .def_prop_ro("run_id", &RunResult::run_id)
      .def_prop_ro("status",
                   [](const RunResult& r) { return std::string(ToString(r.status())); })
      .def_prop_ro("instance", &RunResult::instance)
      .def_prop_ro("steps", &RunResult::steps)
      .def("check", &RunResult::ToStatus, "Raises the first failure.")
      .def("output", &OutputObject, "key"_a, "as_type"_a = nb::none());

  m.def("run_assets", &RunAssets, "definitions"_a, "instance"_a.none(), "select"_a,
        "keys"_a, "max_workers"_a);
}

}  // namespace entrepot::python
