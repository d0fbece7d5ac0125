#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "entrepot/cli/commands_internal.h"
#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/recorded_run_internal.h"
#include "entrepot/cli/records_internal.h"
#include "entrepot/cli/usage_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kAll = std::numeric_limits<int>::max();

struct RunsOptions {
  std::string run_id;  // Or its beginning; empty: list the runs.
  int limit = 20;
  bool log = false;
  bool json = false;
};

std::string FirstLine(const std::string& text) {
  return Printable(text.substr(0, text.find('\n')));
}

void PrintRuns(const std::vector<RunRecord>& runs, const Session& session) {
  TextTable table({{.title = "RUN"},
                   {.title = "STATUS"},
                   {.title = "STARTED"},
                   {.title = "TOOK", .align = Align::kRight, .left_out = 2},
                   {.title = "STEPS", .align = Align::kRight, .left_out = 3},
                   {.title = "ERROR", .min_width = 10, .left_out = 1}});
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
  if (!options.json) {
    return options.log ? PrintRunLog(instance.log(), run, session)
                       : PrintRecordedRun(instance.log(), run, session);
  }
  ENTREPOT_ASSIGN_OR_RETURN(Json json, RecordedRunJson(instance.log(), run));
  if (options.log) {
    ENTREPOT_ASSIGN_OR_RETURN(json["log"], RunLogJson(instance.log(), run));
  }
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
  auto* run_id = runs->add_option("RUN_ID", options->run_id,
                                  "A run's id, or as much of it as is unique")
                     ->option_text(" ")
                     ->check(NotEmpty());
  runs->add_option("--limit", options->limit, "List at most N runs [20]")
      ->check(AtLeast(1))
      ->option_text("N")
      ->excludes(run_id);
  runs->add_flag("--log", options->log,
                 "Print what happened in that run, and all that its\nsteps logged")
      ->option_text(" ")
      ->needs(run_id);
  runs->add_flag("--json", options->json, "Print JSON");
  DescribeVerb(*runs, session, Needs::kInstance, "runs --limit 5");
  runs->callback([options, &session] { session.Finish(RunRuns(*options, session)); });
}

}  // namespace entrepot::internal
