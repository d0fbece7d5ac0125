#pragma once

/// \file entrepot/events/event_payload_internal.h
/// What the columns of events hold (docs/formats/event_log.md).

#include <string>
#include <string_view>
#include <vector>

#include "entrepot/events/event.h"
#include "entrepot/result.h"

namespace entrepot {

/// Returns the JSON of an event's data; "{}" for a Materialized, which has tables of its
/// own.
std::string EventDataToJson(const EventData& data);

/// Reverses EventDataToJson and EventTypeName, except for a Materialized.
///
/// Errors: kCorrupt  not such data
Result<EventData> EventDataFromJson(std::string_view type, std::string_view json);

/// Returns a JSON list with one receipt per line.
std::string ReceiptsToJson(const std::vector<Receipt>& receipts);

/// Errors: kCorrupt  not such a list
Result<std::vector<Receipt>> ReceiptsFromJson(std::string_view json);

/// Errors: kCorrupt  not a name of a status
Result<RunStatus> RunStatusFromName(std::string_view name);
Result<StepStatus> StepStatusFromName(std::string_view name);

}  // namespace entrepot
