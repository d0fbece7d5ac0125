#include "entrepot/events/event_rules_internal.h"

namespace entrepot {
namespace {

StepChange Finished(const Event& event, StepStatus status, int attempt,
                    std::string_view error = {}) {
  return {.status = status,
          .attempt = attempt,
          .started = event.time,
          .finished = event.time,
          .error = error};
}

}  // namespace

Status CheckEvent(const Event& event) {
  if (!event.run_id.empty() || std::holds_alternative<Materialized>(event.data) ||
      std::holds_alternative<Logged>(event.data)) {
    return {};
  }
  return Invalid("an event of type '{}' needs a run id", EventTypeName(event.data));
}

Error UnknownRun(const std::string& run_id) {
  return Invalid("run '{}' was not started in this log; append its RunStarted first",
                 run_id);
}

bool IsUnfinishedRunOf(const ProcessIdentity& process, const RunRecord& run) {
  return run.status == RunStatus::kStarted && run.process() == process;
}

bool IsWanted(const RunRecord& run, const RunQuery& query) {
  return !query.only_unfinished || run.status == RunStatus::kStarted;
}

Status CheckQuery(const MaterializationQuery& query) {
  if (!query.partition || query.key) return {};
  return Invalid("a query for partition '{}' needs an asset key", *query.partition);
}

std::optional<StepChange> StepChangeOf(const Event& event) {
  if (event.run_id.empty() || event.step_key.empty()) return std::nullopt;
  if (const auto* started = std::get_if<StepStarted>(&event.data)) {
    return StepChange{.attempt = started->attempt, .started = event.time};
  }
  if (const auto* failed = std::get_if<StepFailed>(&event.data)) {
    StepChange change = Finished(event, failed->status, failed->attempt, failed->error);
    if (failed->status == StepStatus::kRetrying) change.finished = 0;
    return change;
  }
  if (const auto* skipped = std::get_if<StepSkipped>(&event.data)) {
    StepChange change = Finished(event, StepStatus::kSkipped, 0, skipped->reason);
    change.started = 0;
    return change;
  }
  if (const auto* succeeded = std::get_if<StepSucceeded>(&event.data)) {
    return Finished(event, StepStatus::kSuccess, succeeded->attempt);
  }
  if (const auto* materialized = std::get_if<Materialized>(&event.data)) {
    return Finished(event, StepStatus::kSuccess, materialized->attempt);
  }
  return std::nullopt;
}

Materialization ToMaterialization(EventId id, const Event& event) {
  const auto& data = std::get<Materialized>(event.data);
  Materialization record{.id = id,
                         .time = event.time,
                         .run_id = event.run_id,
                         .step_key = event.step_key,
                         .key = data.key,
                         .partition = data.partition,
                         .receipts = data.receipts,
                         .metadata = data.metadata,
                         .code_version = data.code_version,
                         .io_manager = data.io_manager,
                         .inputs = {},
                         .compute_seconds = data.compute_seconds,
                         .store = data.store};
  record.inputs.reserve(data.inputs.size());
  for (const InputRead& input : data.inputs) {
    record.inputs.push_back({.name = input.name,
                             .key = input.key,
                             .partition = input.partition,
                             .source = input.source ? input.source->load() : 0,
                             .handed_over = input.handed_over,
                             .load = input.load});
  }
  return record;
}

Materialized ToMaterialized(Materialization record, int attempt) {
  Materialized data{.key = std::move(record.key),
                    .partition = std::move(record.partition),
                    .id = MakeEventIdRef(record.id),
                    .receipts = std::move(record.receipts),
                    .metadata = std::move(record.metadata),
                    .code_version = std::move(record.code_version),
                    .io_manager = std::move(record.io_manager),
                    .inputs = {},
                    .compute_seconds = record.compute_seconds,
                    .store = record.store,
                    .attempt = attempt};
  data.inputs.reserve(record.inputs.size());
  for (InputRecord& input : record.inputs) {
    data.inputs.push_back(
        {.name = std::move(input.name),
         .key = std::move(input.key),
         .partition = std::move(input.partition),
         .source = input.source == 0 ? nullptr : MakeEventIdRef(input.source),
         .handed_over = input.handed_over,
         .load = input.load});
  }
  return data;
}

}  // namespace entrepot
