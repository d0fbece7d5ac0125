#include <functional>

#include <fmt/format.h>

#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/recorded_run_internal.h"
#include "entrepot/cli/records_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

/// Calls `visit` with every event of a run, oldest first; holds a page of them at a time.
Status ForEachEvent(EventLog& log, const std::string& run_id,
                    const std::function<void(const EventRecord&)>& visit) {
  EventQuery query{.run_id = run_id};
  for (;;) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto page, log.Events(query));
    for (const EventRecord& record : page) visit(record);
    if (page.size() < static_cast<size_t>(query.limit)) return {};
    query.after = page.back().id;
  }
}

std::string ErrorSuffix(const std::string& error) {
  return error.empty() ? "" : ": " + error;
}

/// Says what an event means.
struct Describe {
  std::string operator()(const RunStarted& run) const {
    return fmt::format("run of {} began in process {} on {}",
                       FormatCount(run.num_steps, "step"), run.pid, run.host);
  }
  std::string operator()(const RunFinished& run) const {
    return fmt::format("run ended: {}{}", ToString(run.status), ErrorSuffix(run.error));
  }
  std::string operator()(const StepStarted& step) const {
    return step.attempt == 1 ? "began" : fmt::format("began attempt {}", step.attempt);
  }
  std::string operator()(const StepFailed& step) const {
    const bool is_interrupted = step.status == StepStatus::kInterrupted;
    return fmt::format("{}{}{}", is_interrupted ? "was interrupted" : "failed",
                       step.status == StepStatus::kRetrying ? ", to be tried again" : "",
                       ErrorSuffix(step.error));
  }
  std::string operator()(const StepSkipped& step) const {
    return "skipped" + ErrorSuffix(step.reason);
  }
  std::string operator()(const Materialized& asset) const {
    const StoredFacts facts = FactsOf(asset.receipts, asset.metadata);
    std::string text = "materialized";
    if (!facts.format.empty()) text += " as " + KindAndFormat(facts);
    if (facts.rows) text += ", " + FormatCount(*facts.rows, "row");
    if (facts.size_bytes) text += ", " + FormatSize(*facts.size_bytes);
    return text;
  }
  std::string operator()(const StepSucceeded& step) const {
    return step.outputs.empty() ? "succeeded"
                                : "succeeded and stored " +
                                      FormatCount(std::ssize(step.outputs), "output");
  }
  std::string operator()(const Logged& line) const { return line.message; }
};

std::string LevelOf(const Event& event) {
  const auto* logged = std::get_if<Logged>(&event.data);
  return logged == nullptr ? "" : std::string(ToString(logged->level));
}

Emphasis EmphasisOf(const Event& event) {
  if (std::holds_alternative<StepFailed>(event.data)) return Emphasis::kBad;
  if (const auto* run = std::get_if<RunFinished>(&event.data)) {
    return run->status == RunStatus::kSuccess ? Emphasis::kNone : Emphasis::kBad;
  }
  const auto* logged = std::get_if<Logged>(&event.data);
  if (logged == nullptr) return Emphasis::kFaint;
  return logged->level == LogLevel::kError     ? Emphasis::kBad
         : logged->level == LogLevel::kWarning ? Emphasis::kHeading
                                               : Emphasis::kNone;
}

void PrintEvent(const Event& event, const Session& session) {
  const std::string level = LevelOf(event);
  const std::string subject =
      event.step_key.empty() ? "" : Printable(event.step_key) + ": ";
  const std::string text = (level.empty() ? "" : level + ": ") +
                           PrintableLines(std::visit(Describe(), event.data), "  ");
  session.out() << session.Out(FormatTimeWithMillis(event.time), Emphasis::kFaint) << ' '
                << subject << session.Out(text, EmphasisOf(event)) << '\n';
}

Json EventJson(const EventRecord& record) {
  const Event& event = record.event;
  const std::string level = LevelOf(event);
  return {{"id", record.id},
          {"time", FormatUtc(event.time)},
          {"step", event.step_key.empty() ? Json() : Json(event.step_key)},
          {"event", EventTypeName(event.data)},
          {"level", level.empty() ? Json() : Json(level)},
          {"message", std::visit(Describe(), event.data)}};
}

}  // namespace

Status PrintRunLog(EventLog& log, const RunRecord& run, const Session& session) {
  return ForEachEvent(log, run.run_id, [&](const EventRecord& record) {
    PrintEvent(record.event, session);
  });
}

Result<Json> RunLogJson(EventLog& log, const RunRecord& run) {
  Json events = Json::array();
  ENTREPOT_RETURN_IF_ERROR(ForEachEvent(log, run.run_id, [&](const EventRecord& record) {
    events.push_back(EventJson(record));
  }));
  return events;
}

}  // namespace entrepot::internal
