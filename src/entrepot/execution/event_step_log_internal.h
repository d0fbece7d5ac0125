#pragma once

/// \file entrepot/execution/event_step_log_internal.h
/// What runs and instances write to the event log alike.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "entrepot/asset/receipt.h"
#include "entrepot/events/event_log.h"
#include "entrepot/io/step_log.h"
#include "entrepot/value/value.h"

namespace entrepot::internal {

/// Sends a step's lines, and what it says of assets, to the event log and to the run's
/// observer.
class EventStepLog final : public StepLog {
 public:
  EventStepLog(
      EventLog& log, std::string run_id, std::string step_key,
      std::function<void(const std::string&, LogLevel, const std::string&)> sink = {})
      : log_(log),
        run_id_(std::move(run_id)),
        step_key_(std::move(step_key)),
        sink_(std::move(sink)) {}

  void Write(LogLevel level, std::string message) override {
    Add(Logged{.level = level, .message = std::move(message)});
  }

  void WriteEvent(AssetEvent event) override {
    Logged line{.message = ToString(event)};
    if (event.kind == AssetEvent::Kind::kMaterialization) {
      Add(std::move(line));
      // Of no step: it does not say that this one has succeeded.
      Append("", Materialized{.key = std::move(event.key),
                              .partition = std::move(event.partition),
                              .metadata = std::move(event.metadata)});
      return;
    }
    line.key = std::move(event.key);
    line.partition = std::move(event.partition);
    line.metadata = std::move(event.metadata);
    Add(std::move(line));
  }

 private:
  void Add(Logged line) {
    if (sink_) sink_(step_key_, line.level, line.message);
    Append(step_key_, std::move(line));
  }

  void Append(const std::string& step_key, EventData data) {
    std::vector<Event> events;
    events.push_back({Clock::System().Now(), run_id_, step_key, std::move(data)});
    // A log that cannot be written fails the run when it is flushed.
    (void)log_.Append(std::move(events));
  }

  EventLog& log_;
  std::string run_id_;
  std::string step_key_;
  std::function<void(const std::string&, LogLevel, const std::string&)> sink_;
};

/// Returns what storing or loading `value` moved: what its receipts say; of a manager
/// that gives none, what the value itself says.
inline TransferStats StatsOf(const std::vector<Receipt>& receipts, const Value& value,
                             double seconds) {
  TransferStats stats{.seconds = seconds, .size_bytes = 0};
  if (receipts.empty()) {
    stats.size_bytes = value.size_bytes();
    stats.rows = value.num_rows();
  }
  for (const Receipt& receipt : receipts) {
    stats.size_bytes += receipt.size_bytes;
    if (receipt.rows) stats.rows = stats.rows.value_or(0) + *receipt.rows;
  }
  return stats;
}

}  // namespace entrepot::internal
