#include <limits>
#include <map>

#include <fmt/format.h>

#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/recorded_run_internal.h"
#include "entrepot/cli/records_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

/// Returns what each step of a run stored, by step key.
Result<std::map<std::string, StoredFacts>> FactsByStep(EventLog& log,
                                                       const std::string& run_id) {
  MaterializationQuery query;
  query.run_id = run_id;
  query.limit = std::numeric_limits<int>::max();
  ENTREPOT_ASSIGN_OR_RETURN(const auto stored, log.Materializations(query));
  std::map<std::string, StoredFacts> facts;
  for (const Materialization& materialization : stored) {
    facts[materialization.step_key] =
        FactsOf(materialization.receipts, materialization.metadata);
  }
  return facts;
}

void PrintHeading(const RunRecord& run, const Session& session) {
  const std::string status = StatusText(run);
  const std::string took = TookText(run.started, run.finished);
  session.out() << "Run " << session.Out(run.run_id, Emphasis::kHeading) << ' '
                << session.Out(status, EmphasisOf(status)) << '\n'
                << "started " << FormatTime(run.started)
                << (took.empty() ? "" : ", took " + took) << ", "
                << FormatCount(run.num_steps, "step") << "\n\n";
}

void PrintSteps(const std::vector<StepRecord>& steps,
                const std::map<std::string, StoredFacts>& facts, const Session& session) {
  TextTable table({{.title = "STEP", .min_width = 20},
                   {.title = "STATUS"},
                   {.title = "ATTEMPTS", .align = Align::kRight, .left_out = 4},
                   {.title = "TOOK", .align = Align::kRight},
                   {.title = "VALUE", .left_out = 2},
                   {.title = "ROWS", .align = Align::kRight, .left_out = 3},
                   {.title = "SIZE", .align = Align::kRight, .left_out = 1}});
  for (const StepRecord& step : steps) {
    const auto found = facts.find(step.step_key);
    const StoredFacts stored = found == facts.end() ? StoredFacts() : found->second;
    const std::string status(ToString(step.status));
    table.AddRow({Printable(step.step_key),
                  {status, EmphasisOf(status)},
                  FormatCount(step.attempts),
                  TookText(step.started, step.finished),
                  KindAndFormat(stored),
                  RowsText(stored),
                  SizeText(stored)});
  }
  session.Print(table);
}

/// Prints the whole of each error, and why steps were skipped.
void PrintErrors(const std::vector<StepRecord>& steps, const Session& session) {
  bool is_first = true;
  for (const StepRecord& step : steps) {
    if (step.error.empty()) continue;
    if (is_first) session.out() << '\n';
    is_first = false;
    const std::string status(ToString(step.status));
    session.out() << session.Out(status, EmphasisOf(status)) << ' '
                  << Printable(step.step_key) << ": " << PrintableLines(step.error, "  ")
                  << '\n';
  }
}

}  // namespace

std::string TookText(UnixMicros started, UnixMicros finished) {
  if (started == 0 || finished == 0) return "";
  return FormatSeconds(static_cast<double>(finished - started) / 1e6);
}

Emphasis EmphasisOf(std::string_view status) {
  const bool is_bad = status == "failure" || status == "interrupted" || status == "died";
  return is_bad ? Emphasis::kBad : Emphasis::kNone;
}

Status PrintRecordedRun(EventLog& log, const RunRecord& run, const Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto steps, log.Steps(run.run_id));
  ENTREPOT_ASSIGN_OR_RETURN(const auto facts, FactsByStep(log, run.run_id));
  PrintHeading(run, session);
  PrintSteps(steps, facts, session);
  PrintErrors(steps, session);
  if (steps.empty() && !run.error.empty()) {
    session.out() << PrintableLines(run.error, "  ") << '\n';
  }
  return {};
}

Result<Json> RecordedRunJson(EventLog& log, const RunRecord& run) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto steps, log.Steps(run.run_id));
  Json json = ToJson(run);
  json["steps"] = Json::array();
  for (const StepRecord& step : steps) json["steps"].push_back(ToJson(step));
  return json;
}

}  // namespace entrepot::internal
