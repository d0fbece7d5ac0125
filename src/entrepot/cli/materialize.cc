#include "entrepot/execution/materialize.h"

#include <atomic>

#include <fmt/format.h>

#include "entrepot/cli/commands_internal.h"
#include "entrepot/cli/config_options_internal.h"
#include "entrepot/cli/run_reporter_internal.h"
#include "entrepot/cli/run_summary_internal.h"
#include "entrepot/cli/usage_internal.h"

namespace entrepot::internal {
namespace {

struct MaterializeCommandOptions {
  std::string select;  // "+daily_delays"; "": everything.
  std::optional<std::string> partition;
  int jobs = 0;            // Steps at a time; 0: as many as there are processors.
  std::string durability;  // "full" or "fast"; "": as the host says.
  bool dry_run = false;
  bool is_verbose = false;
  bool json = false;
  ConfigOptions config;
};

/// Returns what decides which steps run, and how they are configured.
Result<MaterializeOptions> RunOptionsOf(const MaterializeCommandOptions& options,
                                        const Session& session) {
  MaterializeOptions run;
  run.select = options.select;
  run.partition = options.partition;
  ENTREPOT_ASSIGN_OR_RETURN(run.config, RunConfigOf(options.config, session));
  return run;
}

/// Returns the plan of what was asked for: one step at least.
Result<Plan> PlanOf(const CheckedDefinitions& checked, const MaterializeOptions& run) {
  ENTREPOT_ASSIGN_OR_RETURN(Plan plan, PlanRun(checked.definitions, run));
  if (plan.steps.empty())
    return Invalid("the definitions make no asset; a job is run by the code that has it");
  return plan;
}

Status PrintDryRun(const MaterializeCommandOptions& options,
                   const CheckedDefinitions& checked, const Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const MaterializeOptions run, RunOptionsOf(options, session));
  ENTREPOT_ASSIGN_OR_RETURN(const Plan plan, PlanOf(checked, run));
  if (options.json) {
    session.PrintJson(PlanJson(plan, checked.graph));
  } else {
    PrintPlan(plan, checked.graph, session);
  }
  return {};
}

/// Runs with a reporter on the error stream, which is cleared when this returns.
Result<RunResult> RunReported(const MaterializeCommandOptions& options, Session& session,
                              const Definitions& definitions, MaterializeOptions run) {
  const CliHost& host = session.host();
  RunReporter reporter(host.err, {.is_verbose = options.is_verbose});
  std::atomic<bool> is_told = false;
  const auto tell_interruption = [&] {
    if (is_told.exchange(true)) return;
    reporter.Say(
        "interrupted: waiting for the steps that have begun; Ctrl-C again ends at once");
  };
  run.max_workers = options.jobs;
  if (host.watch_interrupts) run.stop = host.watch_interrupts();
  const std::stop_callback on_stop(run.stop, tell_interruption);
  if (host.poll) {
    run.poll = [&] {
      const bool stops = host.poll();
      if (stops) tell_interruption();
      return stops;
    };
  }
  run.on_progress = [&](const RunProgress& progress) { reporter.OnProgress(progress); };
  run.on_log = [&](const std::string& step_key, LogLevel level,
                   const std::string& message) {
    reporter.OnLog(step_key, level, message);
  };
  return Materialize(definitions, std::move(run));
}

Status RunMaterialize(const MaterializeCommandOptions& options, Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto* checked, session.CheckDefinitions());
  if (options.dry_run) return PrintDryRun(options, *checked, session);
  InstanceOptions instance_options = session.host().instance_options;
  if (!options.durability.empty()) {
    instance_options.durability =
        options.durability == "fast" ? Durability::kFast : Durability::kFull;
  }
  // What cannot be planned leaves no instance behind.
  ENTREPOT_ASSIGN_OR_RETURN(MaterializeOptions run_options,
                            RunOptionsOf(options, session));
  ENTREPOT_RETURN_IF_ERROR(PlanOf(*checked, run_options));
  ENTREPOT_ASSIGN_OR_RETURN(run_options.instance,
                            session.MakeInstance(std::move(instance_options)));
  const Stopwatch stopwatch;
  ENTREPOT_ASSIGN_OR_RETURN(
      const RunResult result,
      RunReported(options, session, checked->definitions, std::move(run_options)));
  const FinishedRun run{
      .result = result, .graph = checked->graph, .seconds = stopwatch.seconds()};
  if (options.json) {
    session.PrintJson(RunJson(run));
  } else {
    PrintRunSummary(run, session);
  }
  ReportFailures(result, session);
  session.set_exit_code(ExitCodeFor(result));
  return {};
}

}  // namespace

void AddMaterializeCommand(CLI::App& app, Session& session) {
  auto options = std::make_shared<MaterializeCommandOptions>();
  auto* materialize =
      app.add_subcommand("materialize", "Compute assets, and store and log their values");
  materialize
      ->add_option("--select", options->select,
                   "Which assets, separated by commas: a key, a glob\n"
                   "'raw/*', 'group:reports', '+x' (x and all upstream),\n"
                   "'x+' (and all downstream) [all]")
      ->option_text("TEXT")
      ->check(NotEmpty());
  AddPartitionOption(*materialize, options->partition,
                     "Which partition to make of the assets that have some");
  AddConfigOptions(*materialize, options->config);
  materialize->add_flag("--dry-run", options->dry_run,
                        "Print what would run, and touch nothing");
  materialize->add_option("--jobs", options->jobs, "Steps at a time [one per processor]")
      ->check(AtLeast(1))
      ->option_text("N");
  materialize
      ->add_option("--durability", options->durability,
                   "What is reported survives a loss of power, or only\n"
                   "a crash [full]")
      ->check(EitherOf("full", "fast"))
      ->option_text("full|fast");
  materialize->add_flag("-v,--verbose", options->is_verbose,
                        "Tell of every step, and all that steps log");
  materialize->add_flag("--json", options->json, "Print JSON");
  DescribeVerb(*materialize, session, Needs::kDefinitions,
               "materialize --select +daily_delays");
  materialize->callback(
      [options, &session] { session.Finish(RunMaterialize(*options, session)); });
}

}  // namespace entrepot::internal
