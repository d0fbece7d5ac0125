#pragma once

/// \file entrepot/execution/materialize.h
/// Runs assets: computes, stores, logs.
///
///   auto result = ep::Materialize(defs, {.instance = instance,
///                                        .select = "+daily_delays"});

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "entrepot/execution/definitions.h"
#include "entrepot/execution/run_config.h"
#include "entrepot/execution/run_result.h"
#include "entrepot/graph/plan.h"

namespace entrepot {

/// How far a run is; given to an observer.
struct RunProgress {
  int num_steps = 0;
  int num_finished = 0;
  std::string step_key{};  ///< Of the step that just began or ended.
  StepStatus status = StepStatus::kStarted;
  std::string error{};  ///< The message of an attempt that failed; else "".
};

/// How to run. Plain data.
struct MaterializeOptions {
  std::shared_ptr<Instance> instance{};  ///< Null: an ephemeral one.
  std::string select{};                  ///< See SelectAssets; "": everything.
  std::vector<AssetKey> keys{};          ///< If not empty: these instead of `select`.

  /// What contexts call the run's job; ExecuteJob sets it.
  std::string job_name{};

  /// Which partition to make of the selected assets that have some.
  std::optional<std::string> partition{};

  /// Of steps and resources; ConfigSchemaOf tells what there is.
  RunConfig config{};

  /// Stops the run: steps that have begun end by themselves, no other begins.
  std::stop_token stop{};

  /// Asked by the calling thread between steps and every few milliseconds while it waits;
  /// true stops the run as `stop` does. For hosts that have signals to look after.
  std::function<bool()> poll{};

  /// Steps at a time; 0: as many as there are processors.
  int max_workers = 0;

  /// Larger values are read again when the result is asked for them.
  std::int64_t keep_bytes = 16 << 20;

  /// Told of every step that begins or ends, from the thread that runs it: how far the
  /// run is, not yet that the log is durable. That is so when Materialize returns. What
  /// this function or `poll` throws stops the run, which fails by it.
  std::function<void(const RunProgress&)> on_progress{};

  /// Told of every line that steps log, beside the event log. What it throws is thrown at
  /// who logs: mostly the step fails by it.
  std::function<void(const std::string& step_key, LogLevel, const std::string&)> on_log{};
};

/// Plans a run without running it.
///
/// Errors: kInvalid  faults of the definitions; an unknown asset in the selection; faults
///         of what is given as configuration
Result<Plan> PlanRun(const Definitions& definitions, const MaterializeOptions& options);

/// Runs the selected assets, each after those it reads, several at a time where that
/// pays; the calling thread is one of the workers. A step that fails does not stop those
/// that do not need it. Returns once the log is durable.
///
/// Errors (before the first step): those of PlanRun; kNotFound for an input that neither
///     the run makes nor the instance or a manager has; the log's. A step's failure is no
///     error here: see RunResult::ToStatus.
Result<RunResult> Materialize(const Definitions& definitions,
                              MaterializeOptions options = {});

/// Runs all ops of a job. Options as of Materialize, without a selection.
///
/// Errors: as Materialize's; kInvalid  there is no such job, or something is selected
Result<RunResult> ExecuteJob(const Definitions& definitions, std::string_view job,
                             MaterializeOptions options = {});

}  // namespace entrepot
