#include <algorithm>

#include <fmt/format.h>

#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/records_internal.h"
#include "entrepot/cli/run_summary_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

/// A line of the tree: an output of a step.
struct Place {
  size_t step = 0;
  size_t output = 0;
};

/// The outputs of one group, in the order of the plan.
struct GroupOfOutputs {
  std::string name;
  std::vector<Place> places;
};

std::string GroupOf(const StepGraph& graph, const std::optional<AssetKey>& key) {
  const auto made_by = key ? graph.Find(*key) : std::nullopt;
  return made_by ? graph.OutputOf(*made_by).facts->group : "";
}

/// Groups outputs; groups come in the order of their first one.
template <typename Steps>
std::vector<GroupOfOutputs> ByGroup(const Steps& steps, const StepGraph& graph) {
  std::vector<GroupOfOutputs> groups;
  for (size_t i = 0; i < steps.size(); ++i) {
    for (size_t k = 0; k < steps[i].outputs.size(); ++k) {
      const std::string name = GroupOf(graph, steps[i].outputs[k].key);
      auto group = std::ranges::find(groups, name, &GroupOfOutputs::name);
      if (group == groups.end()) group = groups.insert(groups.end(), {name, {}});
      group->places.push_back({i, k});
    }
  }
  return groups;
}

std::string NameOf(const PlannedStep& step, size_t output) {
  const auto& key = step.outputs[output].key;
  return OutputOutcome{
      .name = step.outputs[output].name, .key = key, .partition = step.partition}
      .ToString(step.step_key);
}

std::string NameOf(const StepOutcome& step, size_t output) {
  return step.outputs[output].ToString(step.step_key);
}

/// A group's heading, then a line for each of its outputs with the branch that leads to
/// it.
template <typename Steps, typename MakeRow>
void AddTree(TextTable& table, const Steps& steps, const StepGraph& graph,
             MakeRow make_row) {
  for (const GroupOfOutputs& group : ByGroup(steps, graph)) {
    if (!group.name.empty()) table.AddLine({Printable(group.name), Emphasis::kHeading});
    for (const Place& place : group.places) {
      const std::string branch = &place == &group.places.back() ? "└─ " : "├─ ";
      table.AddRow(
          make_row(place, branch + Printable(NameOf(steps[place.step], place.output))));
    }
  }
}

double SecondsOf(const StepOutcome& step) {
  double seconds = step.load_seconds + step.compute_seconds;
  for (const OutputOutcome& output : step.outputs) seconds += output.store.seconds;
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
    for (const OutputOutcome& output : step.outputs) {
      const StoredFacts facts = FactsOf(output.receipts, output.metadata);
      totals.num_values += output.stored ? 1 : 0;
      totals.rows += facts.rows.value_or(0);
      totals.size_bytes += facts.size_bytes.value_or(0);
      totals.has_short_path |= ShortPath(facts.path, storage) != facts.path;
    }
    totals.num_failed += step.status == StepStatus::kFailure ? 1 : 0;
    totals.num_skipped += step.status == StepStatus::kSkipped ? 1 : 0;
    totals.num_not_begun += step.status == StepStatus::kInterrupted ? 1 : 0;
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

std::vector<Cell> OutcomeRow(const StepOutcome& step, const OutputOutcome& output,
                             std::string name, const std::string& storage) {
  if (step.status != StepStatus::kSuccess) {
    const Emphasis emphasis =
        step.status == StepStatus::kFailure ? Emphasis::kBad : Emphasis::kFaint;
    const std::string status = step.status == StepStatus::kFailure
                                   ? "failed"
                                   : std::string(ToString(step.status));
    return {std::move(name), {status, emphasis}};
  }
  if (!output.is_made) return {std::move(name), {"left out", Emphasis::kFaint}};
  const StoredFacts facts = FactsOf(output.receipts, output.metadata);
  const std::string value = output.stored ? KindAndFormat(facts) : "nothing";
  return {std::move(name),
          value,
          RowsText(facts),
          SizeText(facts),
          FormatSeconds(SecondsOf(step)),
          Printable(ShortPath(facts.path, storage))};
}

/// The commands that show more of what was made.
void PrintNextCommands(const RunResult& result, const Session& session) {
  const OutputOutcome* last = nullptr;
  for (const StepOutcome& step : result.steps()) {
    for (const OutputOutcome& output : step.outputs) {
      if (output.stored && output.key) last = &output;
    }
  }
  session.out() << "\nTo look further:\n  " << session.Command({"ls"}) << '\n';
  if (last != nullptr) {
    const std::string key = last->key->ToUserString();
    const auto& partition = last->partition;
    for (const char* verb : {"show", "history"}) {
      session.out() << "  "
                    << (partition
                            ? session.Command({verb, key, "--partition", *partition})
                            : session.Command({verb, key}))
                    << '\n';
    }
  }
  session.out() << "  " << session.Command({"runs", ShortRunId(result.run_id())}) << '\n';
}

Json KeyJson(const std::optional<AssetKey>& key) {
  return key ? Json(key->ToUserString()) : Json();
}

Json OutputJson(const OutputOutcome& output, const StepGraph& graph) {
  const StoredFacts facts = FactsOf(output.receipts, output.metadata);
  return {{"name", output.name},
          {"key", KeyJson(output.key)},
          {"partition", OptionalJson(output.partition)},
          {"group", GroupOf(graph, output.key)},
          {"stored", output.stored},
          {"kind", facts.kind},
          {"format", facts.format},
          {"rows", OptionalJson(facts.rows)},
          {"size_bytes", OptionalJson(facts.size_bytes)},
          {"path", facts.path},
          {"version", facts.version},
          {"store_seconds", output.store.seconds}};
}

Json StepJson(const StepOutcome& step, const StepGraph& graph) {
  Json outputs = Json::array();
  for (const OutputOutcome& output : step.outputs)
    outputs.push_back(OutputJson(output, graph));
  Json json = {{"step", step.step_key},
               {"status", ToString(step.status)},
               {"attempts", step.attempts},
               {"seconds", SecondsOf(step)},
               {"load_seconds", step.load_seconds},
               {"compute_seconds", step.compute_seconds},
               {"outputs", std::move(outputs)},
               {"error", nullptr}};
  if (step.error && step.status != StepStatus::kSuccess) {
    json["error"] = {{"code", ToString(step.error->code())},
                     {"message", step.error->message()},
                     {"context", step.error->context()}};
  }
  return json;
}

}  // namespace

void PrintPlan(const Plan& plan, const StepGraph& graph, const Session& session) {
  session.out() << session.Out(
                       FormatCount(static_cast<std::int64_t>(plan.steps.size()), "step"),
                       Emphasis::kHeading)
                << " would run; nothing was touched\n\n";
  TextTable table({{.min_width = 20}, {.min_width = 16}});
  bool loads_some = false;
  AddTree(table, plan.steps, graph,
          [&](Place place, std::string name) -> std::vector<Cell> {
            std::string reads;
            for (const PlannedInput& input : plan.steps[place.step].inputs) {
              reads += (reads.empty() ? "← " : ", ") + Printable(input.ToString(plan));
              reads += input.is_made ? "" : "*";
              loads_some |= !input.is_made;
            }
            return {std::move(name), {reads, Emphasis::kFaint}};
          });
  session.Print(table);
  if (loads_some) session.out() << "\n* loaded, if it was materialized before\n";
}

Json PlanJson(const Plan& plan, const StepGraph& graph) {
  Json json = {{"steps", Json::array()}};
  for (const PlannedStep& step : plan.steps) {
    Json inputs = Json::array();
    for (const PlannedInput& input : step.inputs) {
      inputs.push_back(
          {{"name", input.name},
           {"key", KeyJson(input.key)},
           {"partitions", input.partitions ? Json(*input.partitions) : Json()},
           {"is_made", input.is_made}});
    }
    Json after = Json::array();
    for (const size_t other : step.after) after.push_back(plan.steps[other].step_key);
    Json outputs = Json::array();
    for (const PlannedOutput& output : step.outputs) {
      outputs.push_back({{"name", output.name},
                         {"key", KeyJson(output.key)},
                         {"group", GroupOf(graph, output.key)}});
    }
    json["steps"].push_back({{"step", step.step_key},
                             {"partition", OptionalJson(step.partition)},
                             {"outputs", std::move(outputs)},
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
  AddTree(table, result.steps(), run.graph, [&](Place place, std::string name) {
    const StepOutcome& step = result.steps()[place.step];
    return OutcomeRow(step, step.outputs[place.output], std::move(name), storage);
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
  if (result.error()) session.Report("", *result.error());
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
