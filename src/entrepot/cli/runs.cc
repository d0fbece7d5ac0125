#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "entrepot/cli/commands_internal.h"
#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/records_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kAll = std::numeric_limits<int>::max();

struct RunsOptions {
  std::string run_id;  // Or its beginning; empty: list the runs.
  int limit = 20;
  bool json = false;
};

std::string FirstLine(const std::string& text) {
  return Printable(text.substr(0, text.find('\n')));
}

std::string TookText(UnixMicros started, UnixMicros finished) {
  if (started == 0 || finished == 0) return "";
  return FormatSeconds(static_cast<double>(finished - started) / 1e6);
}

Emphasis EmphasisOf(std::string_view status) {
  const bool is_bad = status == "failure" || status == "interrupted" || status == "died";
  return is_bad ? Emphasis::kBad : Emphasis::kNone;
}

void PrintRuns(const std::vector<RunRecord>& runs, const Session& session) {
  TextTable table({{.title = "RUN"},
                   {.title = "STATUS"},
                   {.title = "STARTED"},
                   {.title = "TOOK", .align = Align::kRight},
                   {.title = "STEPS", .align = Align::kRight},
                   {.title = "ERROR"}});
  for (const RunRecord& run : runs) {
    const std::string status = StatusText(run);
    table.AddRow({ShortRunId(run.run_id),
                  {status, EmphasisOf(status)},
                  FormatTime(run.started),
                  TookText(run.started, run.finished),
                  FormatCount(run.num_steps),
                  FirstLine(run.error)});
  }
  session.Print(table);
  if (runs.empty()) session.err() << "nothing was run yet\n";
}

/// Returns the one run whose id begins with `prefix`.
Result<RunRecord> FindRun(const Instance& instance, const std::string& prefix) {
  RunQuery exactly;
  exactly.run_id = prefix;
  ENTREPOT_ASSIGN_OR_RETURN(auto runs, instance.log().Runs(exactly));
  if (runs.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(
        runs, instance.log().Runs({.run_id = std::nullopt, .limit = kAll}));
    std::erase_if(runs,
                  [&](const RunRecord& run) { return !run.run_id.starts_with(prefix); });
  }
  if (runs.empty()) {
    return NotFound("there is no run '{}' in {}; 'runs' lists those there are", prefix,
                    instance.Describe());
  }
  if (runs.size() > 1) {
    return Invalid("{} runs begin with '{}', e.g. '{}' and '{}'; give more of the id",
                   runs.size(), prefix, runs[0].run_id, runs[1].run_id);
  }
  return runs.front();
}

/// Returns what each step of a run stored, by step key.
Result<std::map<std::string, StoredFacts>> FactsByStep(const Instance& instance,
                                                       const std::string& run_id) {
  MaterializationQuery query;
  query.run_id = run_id;
  query.limit = kAll;
  ENTREPOT_ASSIGN_OR_RETURN(const auto stored, instance.log().Materializations(query));
  std::map<std::string, StoredFacts> facts;
  for (const Materialization& materialization : stored) {
    facts[materialization.step_key] =
        FactsOf(materialization.receipts, materialization.metadata);
  }
  return facts;
}

void PrintRun(const RunRecord& run, const std::vector<StepRecord>& steps,
              const std::map<std::string, StoredFacts>& facts, const Session& session) {
  const std::string status = StatusText(run);
  const std::string took = TookText(run.started, run.finished);
  session.out() << "Run " << session.Out(run.run_id, Emphasis::kHeading) << ' '
                << session.Out(status, EmphasisOf(status)) << ", started "
                << FormatTime(run.started) << (took.empty() ? "" : ", took " + took)
                << ", " << FormatCount(run.num_steps, "step") << "\n\n";
  TextTable table({{.title = "STEP"},
                   {.title = "STATUS"},
                   {.title = "ATTEMPTS", .align = Align::kRight},
                   {.title = "TOOK", .align = Align::kRight},
                   {.title = "VALUE"},
                   {.title = "ROWS", .align = Align::kRight},
                   {.title = "SIZE", .align = Align::kRight},
                   {.title = "ERROR"}});
  for (const StepRecord& step : steps) {
    const auto found = facts.find(step.step_key);
    const StoredFacts stored = found == facts.end() ? StoredFacts() : found->second;
    const std::string step_status(ToString(step.status));
    table.AddRow({Printable(step.step_key),
                  {step_status, EmphasisOf(step_status)},
                  FormatCount(step.attempts),
                  TookText(step.started, step.finished),
                  KindAndFormat(stored),
                  RowsText(stored),
                  SizeText(stored),
                  FirstLine(step.error)});
  }
  session.Print(table);
}

Status ListRuns(const RunsOptions& options, const Instance& instance,
                const Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto runs,
      instance.log().Runs({.run_id = std::nullopt, .limit = options.limit}));
  if (!options.json) {
    PrintRuns(runs, session);
    return {};
  }
  Json json = {{"runs", Json::array()}};
  for (const RunRecord& run : runs) json["runs"].push_back(ToJson(run));
  session.PrintJson(json);
  return {};
}

Status ShowRun(const RunsOptions& options, const Instance& instance,
               const Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const RunRecord run, FindRun(instance, options.run_id));
  ENTREPOT_ASSIGN_OR_RETURN(const auto steps, instance.log().Steps(run.run_id));
  if (!options.json) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto facts, FactsByStep(instance, run.run_id));
    PrintRun(run, steps, facts, session);
    return {};
  }
  Json json = ToJson(run);
  json["steps"] = Json::array();
  for (const StepRecord& step : steps) json["steps"].push_back(ToJson(step));
  session.PrintJson(json);
  return {};
}

Status RunRuns(const RunsOptions& options, Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto instance, session.OpenInstance());
  return options.run_id.empty() ? ListRuns(options, *instance, session)
                                : ShowRun(options, *instance, session);
}

}  // namespace

void AddRunsCommand(CLI::App& app, Session& session) {
  auto options = std::make_shared<RunsOptions>();
  auto* runs =
      app.add_subcommand("runs", "List the runs, newest first, or one run's steps");
  runs->add_option("RUN_ID", options->run_id, "A run's id, or as much of it as is unique")
      ->option_text(" ");
  runs->add_option("--limit", options->limit, "List at most N runs [20]")
      ->check(CLI::Range(1, kAll))
      ->option_text("N");
  runs->add_flag("--json", options->json, "Print JSON");
  runs->footer(fmt::format("Example:\n  {} runs --limit 5", session.host().program));
  runs->group(kVerbs);
  runs->callback([options, &session] { session.Finish(RunRuns(*options, session)); });
}

}  // namespace entrepot::internal
