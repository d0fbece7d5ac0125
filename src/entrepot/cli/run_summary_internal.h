#pragma once

/// \file entrepot/cli/run_summary_internal.h
/// What a run will do and what it did, for people and as JSON (docs/cli.md).

#include <nlohmann/json.hpp>

#include "entrepot/cli/session_internal.h"
#include "entrepot/execution/run_result.h"
#include "entrepot/graph/plan.h"

namespace entrepot::internal {

/// Prints the steps of a plan below their groups, and what each reads.
void PrintPlan(const Plan& plan, const StepGraph& graph, const Session& session);
nlohmann::ordered_json PlanJson(const Plan& plan, const StepGraph& graph);

/// A run that is over. Borrows everything.
struct FinishedRun {
  const RunResult& result;
  const StepGraph& graph;
  double seconds;  ///< From the plan to the durable log.
};

/// Prints the tree of assets with what was stored of each, totals, and the commands that
/// show more.
void PrintRunSummary(const FinishedRun& run, const Session& session);

/// Tells, on the error stream, what failed and why, and what was skipped or never begun.
void ReportFailures(const RunResult& result, const Session& session);
nlohmann::ordered_json RunJson(const FinishedRun& run);

/// Returns the exit code of a command that ran it.
int ExitCodeFor(const RunResult& result);

}  // namespace entrepot::internal
