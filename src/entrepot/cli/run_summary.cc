#include <algorithm>

#include <fmt/format.h>

#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/records_internal.h"
#include "entrepot/cli/run_summary_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

/// The steps of one group, in the order of the plan.
struct GroupOfSteps {
  std::string name;
  std::vector<size_t> steps;
};

std::string GroupOf(const AssetGraph& graph, const AssetKey& key) {
  const auto node = graph.Find(key);
  return node ? graph.nodes()[*node].spec.facts->group : "";
}

/// Groups steps; groups come in the order of their first step.
template <typename Steps>
std::vector<GroupOfSteps> ByGroup(const Steps& steps, const AssetGraph& graph) {
  std::vector<GroupOfSteps> groups;
  for (size_t i = 0; i < steps.size(); ++i) {
    const std::string name = GroupOf(graph, steps[i].key);
    auto group = std::ranges::find(groups, name, &GroupOfSteps::name);
    if (group == groups.end()) group = groups.insert(groups.end(), {name, {}});
    group->steps.push_back(i);
  }
  return groups;
}

/// A group's heading, then a line for each of its steps with the branch that leads to it.
template <typename Steps, typename MakeRow>
void AddTree(TextTable& table, const Steps& steps, const AssetGraph& graph,
             MakeRow make_row) {
  for (const GroupOfSteps& group : ByGroup(steps, graph)) {
    table.AddLine({Printable(group.name), Emphasis::kHeading});
    for (const size_t i : group.steps) {
      const std::string branch = i == group.steps.back() ? "└─ " : "├─ ";
      table.AddRow(make_row(i, branch + Printable(steps[i].step_key)));
    }
  }
}

double SecondsOf(const StepOutcome& step) {
  double seconds = step.compute_seconds + step.store.seconds;
  for (const InputRead& input : step.inputs) seconds += input.load.seconds;
  return seconds;
}

/// Returns `path` below the instance's storage without that folder.
std::string ShortPath(const std::string& path, const std::string& storage) {
  return path.starts_with(storage + "/") ? path.substr(storage.size() + 1) : path;
}

/// What the steps of a run did, added up.
struct Totals {
  std::int64_t num_values = 0;
  std::int64_t rows = 0;
  std::int64_t size_bytes = 0;
  std::int64_t num_failed = 0;
  std::int64_t num_skipped = 0;
  std::int64_t num_not_begun = 0;
  bool has_short_path = false;
};

Totals TotalsOf(const RunResult& result) {
  Totals totals;
  const std::string storage = result.instance()->storage_folder();
  for (const StepOutcome& step : result.steps()) {
    const StoredFacts facts = FactsOf(step.receipts, step.metadata);
    totals.num_values += step.stored ? 1 : 0;
    totals.rows += facts.rows.value_or(0);
    totals.size_bytes += facts.size_bytes.value_or(0);
    totals.num_failed += step.status == StepStatus::kFailure ? 1 : 0;
    totals.num_skipped += step.status == StepStatus::kSkipped ? 1 : 0;
    totals.num_not_begun += step.status == StepStatus::kInterrupted ? 1 : 0;
    totals.has_short_path |= ShortPath(facts.path, storage) != facts.path;
  }
  return totals;
}

std::string TotalsText(const Totals& totals) {
  std::string text = FormatCount(totals.num_values, "value");
  if (totals.rows > 0) text += ", " + FormatCount(totals.rows, "row");
  if (totals.size_bytes > 0) text += ", " + FormatSize(totals.size_bytes);
  if (totals.num_failed > 0) text += fmt::format("; {} failed", totals.num_failed);
  if (totals.num_skipped > 0) text += fmt::format("; {} skipped", totals.num_skipped);
  if (totals.num_not_begun > 0)
    text += fmt::format("; {} interrupted", totals.num_not_begun);
  return text;
}

std::string_view VerbFor(RunStatus status) {
  return status == RunStatus::kSuccess   ? "succeeded"
         : status == RunStatus::kFailure ? "failed"
                                         : "was interrupted";
}

std::vector<Cell> OutcomeRow(const StepOutcome& step, std::string name,
                             const std::string& storage) {
  if (step.status != StepStatus::kSuccess) {
    const Emphasis emphasis =
        step.status == StepStatus::kFailure ? Emphasis::kBad : Emphasis::kFaint;
    const std::string status = step.status == StepStatus::kFailure
                                   ? "failed"
                                   : std::string(ToString(step.status));
    return {std::move(name), {status, emphasis}};
  }
  const StoredFacts facts = FactsOf(step.receipts, step.metadata);
  const std::string value = step.stored ? KindAndFormat(facts) : "nothing";
  return {std::move(name),
          value,
          RowsText(facts),
          SizeText(facts),
          FormatSeconds(SecondsOf(step)),
          Printable(ShortPath(facts.path, storage))};
}

/// The commands that show more of what was made.
void PrintNextCommands(const RunResult& result, const Session& session) {
  const auto& steps = result.steps();
  const auto last =
      std::ranges::find_if(steps.rbegin(), steps.rend(), &StepOutcome::stored);
  session.out() << "\nTo look further:\n  " << session.Command({"ls"}) << '\n';
  if (last != steps.rend()) {
    session.out() << "  " << session.Command({"show", last->step_key}) << '\n'
                  << "  " << session.Command({"history", last->step_key}) << '\n';
  }
  session.out() << "  " << session.Command({"runs", ShortRunId(result.run_id())}) << '\n';
}

Json StepJson(const StepOutcome& step, const AssetGraph& graph) {
  const StoredFacts facts = FactsOf(step.receipts, step.metadata);
  Json json = {{"step", step.step_key},
               {"key", step.key.ToUserString()},
               {"partition", OptionalJson(step.partition)},
               {"group", GroupOf(graph, step.key)},
               {"status", ToString(step.status)},
               {"attempts", step.attempts},
               {"stored", step.stored},
               {"kind", facts.kind},
               {"format", facts.format},
               {"rows", OptionalJson(facts.rows)},
               {"size_bytes", OptionalJson(facts.size_bytes)},
               {"path", facts.path},
               {"version", facts.version},
               {"seconds", SecondsOf(step)},
               {"compute_seconds", step.compute_seconds},
               {"store_seconds", step.store.seconds},
               {"error", nullptr}};
  if (step.error && step.status != StepStatus::kSuccess) {
    json["error"] = {{"code", ToString(step.error->code())},
                     {"message", step.error->message()},
                     {"context", step.error->context()}};
  }
  return json;
}

}  // namespace

void PrintPlan(const Plan& plan, const AssetGraph& graph, const Session& session) {
  session.out() << session.Out(
                       FormatCount(static_cast<std::int64_t>(plan.steps.size()), "step"),
                       Emphasis::kHeading)
                << " would run; nothing was touched\n\n";
  TextTable table({{.min_width = 20}, {.min_width = 16}});
  bool loads_some = false;
  AddTree(table, plan.steps, graph, [&](size_t i, std::string name) -> std::vector<Cell> {
    std::string reads;
    for (const PlannedInput& input : plan.steps[i].inputs) {
      reads += (reads.empty() ? "← " : ", ") + Printable(input.key.ToUserString());
      reads += input.step ? "" : "*";
      loads_some |= !input.step;
    }
    return {std::move(name), {reads, Emphasis::kFaint}};
  });
  session.Print(table);
  if (loads_some) session.out() << "\n* loaded as it was materialized before\n";
}

Json PlanJson(const Plan& plan, const AssetGraph& graph) {
  Json json = {{"steps", Json::array()}};
  for (const PlannedStep& step : plan.steps) {
    Json inputs = Json::array();
    for (const PlannedInput& input : step.inputs) {
      inputs.push_back({{"name", input.name},
                        {"key", input.key.ToUserString()},
                        {"partition", OptionalJson(input.partition)},
                        {"is_made", input.step.has_value()}});
    }
    Json after = Json::array();
    for (const size_t other : step.after) after.push_back(plan.steps[other].step_key);
    json["steps"].push_back({{"step", step.step_key},
                             {"key", step.key.ToUserString()},
                             {"partition", OptionalJson(step.partition)},
                             {"group", GroupOf(graph, step.key)},
                             {"inputs", std::move(inputs)},
                             {"after", std::move(after)}});
  }
  return json;
}

void PrintRunSummary(const FinishedRun& run, const Session& session) {
  const RunResult& result = run.result;
  const std::string storage = result.instance()->storage_folder();
  const bool is_bad = !result.success();
  session.out() << "Run " << session.Out(result.run_id(), Emphasis::kHeading) << ' '
                << session.Out(VerbFor(result.status()),
                               is_bad ? Emphasis::kBad : Emphasis::kHeading)
                << (is_bad ? " after " : " in ") << FormatSeconds(run.seconds) << "\n\n";
  TextTable table({{.title = "ASSET", .min_width = 20},
                   {.title = "VALUE", .left_out = 1},
                   {.title = "ROWS", .align = Align::kRight, .left_out = 2},
                   {.title = "SIZE", .align = Align::kRight},
                   {.title = "TOOK", .align = Align::kRight},
                   {.title = "PATH", .min_width = 16, .left_out = 3}});
  AddTree(table, result.steps(), run.graph, [&](size_t i, std::string name) {
    return OutcomeRow(result.steps()[i], std::move(name), storage);
  });
  session.Print(table);
  const Totals totals = TotalsOf(result);
  session.out() << '\n' << session.Out(TotalsText(totals), Emphasis::kHeading) << '\n';
  if (totals.has_short_path) session.out() << "Stored below " << storage << '\n';
  PrintNextCommands(result, session);
}

void ReportFailures(const RunResult& result, const Session& session) {
  for (const StepOutcome& step : result.steps()) {
    if (step.status == StepStatus::kFailure && step.error) {
      session.Report(Printable(step.step_key) + ": ", *step.error);
    }
  }
  if (result.status() == RunStatus::kInterrupted) {
    session.Warn(fmt::format("the run was interrupted; {} did not end",
                             FormatCount(TotalsOf(result).num_not_begun, "step")));
  }
}

Json RunJson(const FinishedRun& run) {
  const Totals totals = TotalsOf(run.result);
  Json json = {{"run_id", run.result.run_id()},
               {"status", ToString(run.result.status())},
               {"instance", run.result.instance()->home()},
               {"seconds", run.seconds},
               {"steps", Json::array()},
               {"totals",
                {{"values", totals.num_values},
                 {"rows", totals.rows},
                 {"size_bytes", totals.size_bytes},
                 {"failed", totals.num_failed},
                 {"skipped", totals.num_skipped},
                 {"interrupted", totals.num_not_begun}}}};
  for (const StepOutcome& step : run.result.steps()) {
    json["steps"].push_back(StepJson(step, run.graph));
  }
  return json;
}

int ExitCodeFor(const RunResult& result) {
  if (result.status() == RunStatus::kInterrupted) {
    return entrepot::ExitCodeFor(ErrorCode::kCancelled);
  }
  const Status status = result.ToStatus();
  return status ? 0 : entrepot::ExitCodeFor(status.error().code());
}

}  // namespace entrepot::internal
