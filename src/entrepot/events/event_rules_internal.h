#pragma once

/// \file entrepot/events/event_rules_internal.h
/// What events mean, the same for every log.

#include <optional>
#include <string>

#include "entrepot/events/event_log.h"

namespace entrepot {

/// Refuses an event that no log takes: one without a run that needs one.
Status CheckEvent(const Event& event);

/// The error of an event whose run no log has seen started.
Error UnknownRun(const std::string& run_id);

/// Whether an event on behalf of `process` still concerns `run`.
bool IsUnfinishedRunOf(const ProcessIdentity& process, const RunRecord& run);

/// Whether `run` is what `query` asks for, but for its id and the limit.
bool IsWanted(const RunRecord& run, const RunQuery& query);

/// Refuses a query for a partition of no asset.
Status CheckQuery(const MaterializationQuery& query);

/// What an event makes of its step.
struct StepChange {
  StepStatus status = StepStatus::kStarted;
  int attempt = 0;              ///< The step's attempts become at least this.
  UnixMicros started = 0;       ///< Kept only if the step had not started before.
  UnixMicros finished = 0;      ///< 0: it goes on.
  std::string_view error = {};  ///< The event's.
};

/// Returns what `event` changes, or nothing where it concerns no step.
std::optional<StepChange> StepChangeOf(const Event& event);

/// Returns the record of a Materialized event.
Materialization ToMaterialization(EventId id, const Event& event);

/// Returns the event of such a record.
Materialized ToMaterialized(Materialization record, int attempt);

}  // namespace entrepot
