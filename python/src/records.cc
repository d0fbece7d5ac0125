#include "bindings.h"
#include "conversions.h"
#include "entrepot/events/event_log.h"

namespace entrepot::python {
namespace {

double Seconds(UnixMicros time) { return static_cast<double>(time) / 1e6; }

std::optional<double> SecondsOrNone(UnixMicros time) {
  if (time == 0) return std::nullopt;
  return Seconds(time);
}

nb::list DescribeOutputs(const std::vector<StoredOutput>& outputs) {
  nb::list list;
  for (const StoredOutput& output : outputs) {
    nb::dict described;
    described["name"] = output.name;
    described["receipts"] = nb::cast(output.receipts);
    described["metadata"] = MetadataDict(output.metadata);
    list.append(described);
  }
  return list;
}

nb::object DescribeEvent(const EventRecord& record) {
  nb::dict data;
  const auto put = [&](const char* name, nb::object value) { data[name] = value; };
  std::visit(
      [&](const auto& event) {
        using T = std::decay_t<decltype(event)>;
        if constexpr (std::is_same_v<T, RunStarted>) {
          put("num_steps", nb::cast(event.num_steps));
          put("host", nb::cast(event.host));
          put("pid", nb::cast(event.pid));
        } else if constexpr (std::is_same_v<T, RunFinished>) {
          put("status", nb::cast(std::string(ToString(event.status))));
          put("error", nb::cast(event.error));
        } else if constexpr (std::is_same_v<T, StepStarted>) {
          put("attempt", nb::cast(event.attempt));
        } else if constexpr (std::is_same_v<T, StepFailed>) {
          put("status", nb::cast(std::string(ToString(event.status))));
          put("attempt", nb::cast(event.attempt));
          put("error", nb::cast(event.error));
          put("metadata", MetadataDict(event.metadata));
        } else if constexpr (std::is_same_v<T, StepSkipped>) {
          put("reason", nb::cast(event.reason));
        } else if constexpr (std::is_same_v<T, Materialized>) {
          put("asset_key", nb::cast(event.key));
          put("partition", nb::cast(event.partition));
          put("metadata", MetadataDict(event.metadata));
        } else if constexpr (std::is_same_v<T, StepSucceeded>) {
          put("attempt", nb::cast(event.attempt));
          put("compute_seconds", nb::cast(event.compute_seconds));
          put("outputs", DescribeOutputs(event.outputs));
        } else {
          static_assert(std::is_same_v<T, Logged>);
          put("level", nb::cast(std::string(ToString(event.level))));
          put("message", nb::cast(event.message));
          if (!event.key) return;
          put("asset_key", nb::cast(event.key));
          put("partition", nb::cast(event.partition));
          put("metadata", MetadataDict(event.metadata));
        }
      },
      record.event.data);
  return data;
}

}  // namespace

void BindRecords(nb::module_& m) {
  nb::class_<Receipt>(m, "Receipt", "What storing a value yielded.")
      .def_ro("base", &Receipt::base)
      .def_ro("path", &Receipt::path)
      .def_ro("format", &Receipt::format)
      .def_ro("kind", &Receipt::kind)
      .def_ro("type", &Receipt::type)
      .def_ro("size_bytes", &Receipt::size_bytes)
      .def_ro("digest", &Receipt::digest)
      .def_ro("rows", &Receipt::rows)
      .def_ro("schema", &Receipt::schema)
      .def_ro("version", &Receipt::version)
      .def_ro("run_id", &Receipt::run_id)
      .def("__repr__",
           [](const Receipt& r) { return "Receipt(" + ReceiptToJson(r) + ")"; });

  nb::class_<TransferStats>(m, "TransferStats", "How much a load or store moved.")
      .def_ro("seconds", &TransferStats::seconds)
      .def_ro("size_bytes", &TransferStats::size_bytes)
      .def_ro("rows", &TransferStats::rows);

  nb::class_<InputRecord>(m, "InputRecord", "One input that a materialization read.")
      .def_ro("name", &InputRecord::name)
      .def_ro("asset_key", &InputRecord::key)
      .def_ro("partition_key", &InputRecord::partition)
      .def_prop_ro("storage_id",
                   [](const InputRecord& r) -> std::optional<EventId> {
                     if (r.source == 0) return std::nullopt;
                     return r.source;
                   })
      .def_ro("handed_over", &InputRecord::handed_over)
      .def_ro("load", &InputRecord::load);

  nb::class_<Materialization>(m, "MaterializationRecord",
                              "A logged materialization of an asset.")
      .def_ro("storage_id", &Materialization::id)
      .def_prop_ro(
          "timestamp", [](const Materialization& r) { return Seconds(r.time); },
          "Seconds since the epoch.")
      .def_ro("run_id", &Materialization::run_id)
      .def_ro("step_key", &Materialization::step_key)
      .def_ro("asset_key", &Materialization::key)
      .def_ro("partition_key", &Materialization::partition)
      .def_ro("receipts", &Materialization::receipts)
      .def_prop_ro(
          "metadata", [](const Materialization& r) { return MetadataDict(r.metadata); },
          nb::sig("def metadata(self) -> dict[str, MetadataValue]"))
      .def_ro("code_version", &Materialization::code_version)
      .def_prop_ro("io_manager_key",
                   [](const Materialization& r) { return r.io_manager.key; })
      .def_ro("inputs", &Materialization::inputs)
      .def_ro("compute_seconds", &Materialization::compute_seconds)
      .def_ro("store", &Materialization::store)
      .def_prop_ro(
          "asset_materialization", [](nb::object self) { return self; },
          nb::sig("def asset_materialization(self) -> MaterializationRecord"),
          "The record itself, which has what an AssetMaterialization has.")
      .def("__repr__", [](const Materialization& r) {
        return "<materialization " + std::to_string(r.id) + " of '" +
               r.key.ToUserString() + "'>";
      });

  nb::class_<RunRecord>(m, "RunRecord", "A logged run.")
      .def_ro("run_id", &RunRecord::run_id)
      .def_prop_ro("status",
                   [](const RunRecord& r) { return std::string(ToString(r.status)); })
      .def_prop_ro("start_time", [](const RunRecord& r) { return Seconds(r.started); })
      .def_prop_ro("end_time",
                   [](const RunRecord& r) { return SecondsOrNone(r.finished); })
      .def_ro("num_steps", &RunRecord::num_steps)
      .def_ro("error", &RunRecord::error)
      .def("__repr__", [](const RunRecord& r) {
        return "<run " + r.run_id + " " + std::string(ToString(r.status)) + ">";
      });

  nb::class_<StepRecord>(m, "StepRecord", "A step of a logged run.")
      .def_ro("run_id", &StepRecord::run_id)
      .def_ro("step_key", &StepRecord::step_key)
      .def_prop_ro("status",
                   [](const StepRecord& r) { return std::string(ToString(r.status)); })
      .def_ro("attempts", &StepRecord::attempts)
      .def_prop_ro("start_time", [](const StepRecord& r) { return Seconds(r.started); })
      .def_prop_ro("end_time",
                   [](const StepRecord& r) { return SecondsOrNone(r.finished); })
      .def_ro("error", &StepRecord::error);

  nb::class_<EventRecord>(m, "EventRecord", "A logged event.")
      .def_ro("storage_id", &EventRecord::id)
      .def_prop_ro("timestamp",
                   [](const EventRecord& r) { return Seconds(r.event.time); })
      .def_prop_ro("run_id", [](const EventRecord& r) { return r.event.run_id; })
      .def_prop_ro("step_key", [](const EventRecord& r) { return r.event.step_key; })
      .def_prop_ro(
          "event_type",
          [](const EventRecord& r) { return std::string(EventTypeName(r.event.data)); })
      .def_prop_ro("data", &DescribeEvent,
                   nb::sig("def data(self) -> dict[str, object]"));
}

}  // namespace entrepot::python
