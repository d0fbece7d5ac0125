#pragma once

/// \file entrepot/cli/recorded_run_internal.h
/// One run as the log keeps it, for people and as JSON (docs/cli.md).

#include <nlohmann/json.hpp>

#include "entrepot/cli/session_internal.h"
#include "entrepot/events/event_log.h"

namespace entrepot::internal {

/// Returns how long something took that began and ended then, as text; "" where it did
/// not.
std::string TookText(UnixMicros started, UnixMicros finished);

/// Returns how the status of a run or step stands out.
Emphasis EmphasisOf(std::string_view status);

/// Prints a run, its steps with what they stored, and what is to be said of those that
/// did not succeed.
Status PrintRecordedRun(EventLog& log, const RunRecord& run, const Session& session);
Result<nlohmann::ordered_json> RecordedRunJson(EventLog& log, const RunRecord& run);

/// Prints what happened in a run, oldest first, a line (or more, where a message has
/// more) for each event.
Status PrintRunLog(EventLog& log, const RunRecord& run, const Session& session);
Result<nlohmann::ordered_json> RunLogJson(EventLog& log, const RunRecord& run);

}  // namespace entrepot::internal
