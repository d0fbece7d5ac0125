#pragma once

/// \file entrepot/testing/event_log_conformance_internal.h
/// What the files of the event log suite share.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "entrepot/testing/event_log_conformance.h"
#include "entrepot/testing/matchers.h"

namespace entrepot::testing::event_log_conformance {

/// One test.
struct Behaviour {
  const char* name;
  void (*check)(const EventLogUnderTest& subject);
};

std::span<const Behaviour> ValueBehaviours();
std::span<const Behaviour> RunBehaviours();

using Log = std::unique_ptr<EventLog>;
using Partition = std::optional<std::string>;

inline constexpr UnixMicros kTime = 1'770'000'000'000'000;

AssetKey Key(std::string_view text);

Event Start(const std::string& run_id, UnixMicros time = kTime);
Event Finish(const std::string& run_id, RunStatus status, std::string error = "");
Event OfStep(const std::string& run_id, const std::string& step_key, EventData data,
             UnixMicros time = kTime);

/// A materialization without a run.
Event Stored(std::string_view key, Partition partition = {},
             const EventIdRef& id = nullptr, std::vector<InputRead> inputs = {});
InputRead Reads(std::string_view key, const EventIdRef& source);

/// A materialization with everything in it, of run "r", and what a log has to know of it.
Event Full(const EventIdRef& source);
void ExpectFull(const Materialization& found, EventId source);

/// Appends `events`, which the log has to take.
void AppendAll(EventLog& log, std::vector<Event> events);
template <typename... Events>
void Append(EventLog& log, Events... events) {
  std::vector<Event> all;
  (all.push_back(std::move(events)), ...);
  AppendAll(log, std::move(all));
}

/// Appends a materialization and returns its id.
EventId Store(EventLog& log, std::string_view key, Partition partition = {},
              std::vector<InputRead> inputs = {});

std::vector<EventId> Ids(const std::vector<Materialization>& found);
std::vector<EventId> Find(EventLog& log, const MaterializationQuery& query);
EventId LatestId(EventLog& log, std::string_view key, const Partition& partition = {});

}  // namespace entrepot::testing::event_log_conformance
