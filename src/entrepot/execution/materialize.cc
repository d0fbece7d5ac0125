#include "entrepot/execution/materialize.h"

#include <numeric>

#include "entrepot/execution/executor_internal.h"
#include "entrepot/graph/selection.h"

namespace entrepot {
namespace {

Result<std::vector<size_t>> Select(const StepGraph& graph,
                                   const MaterializeOptions& options) {
  return options.keys.empty() ? SelectAssets(graph, options.select)
                              : SelectKeys(graph, options.keys);
}

Result<Plan> PlanSelected(const StepGraph& graph, const MaterializeOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto nodes, Select(graph, options));
  return MakePlan(graph, nodes,
                  {.partition = options.partition, .now = Clock::System().Now()});
}

/// Formats a version as a UUID: 8-4-4-4-12.
std::string NewRunId() {
  std::string id = NewVersion();
  for (const size_t dash : {8, 13, 18, 23}) id.insert(dash, "-");
  return id;
}

}  // namespace

Result<Plan> PlanRun(const Definitions& definitions, const MaterializeOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(const StepGraph graph, definitions.Graph());
  ENTREPOT_ASSIGN_OR_RETURN(Plan plan, PlanSelected(graph, options));
  ENTREPOT_RETURN_IF_ERROR(
      internal::CheckConfig(definitions, graph, plan, options.config));
  return plan;
}

Result<RunResult> Materialize(const Definitions& definitions,
                              MaterializeOptions options) {
  ENTREPOT_ASSIGN_OR_RETURN(const StepGraph graph, definitions.Graph());
  ENTREPOT_ASSIGN_OR_RETURN(Plan plan, PlanSelected(graph, options));
  if (!options.instance) {
    ENTREPOT_ASSIGN_OR_RETURN(options.instance, Instance::Ephemeral());
  }
  internal::Executor executor(definitions, definitions.steps(), graph, std::move(plan),
                              std::move(options), NewRunId());
  return executor.Run();
}

Result<RunResult> ExecuteJob(const Definitions& definitions, std::string_view job,
                             MaterializeOptions options) {
  if (!options.select.empty() || !options.keys.empty())
    return Invalid("job '{}' is run whole: nothing can be selected of it", job);
  ENTREPOT_ASSIGN_OR_RETURN(const StepGraph graph, definitions.GraphOf(job));
  std::vector<size_t> nodes(graph.nodes().size());
  std::iota(nodes.begin(), nodes.end(), 0);
  ENTREPOT_ASSIGN_OR_RETURN(Plan plan, MakePlan(graph, nodes,
                                                {.partition = options.partition,
                                                 .now = Clock::System().Now()}));
  if (!options.instance) {
    ENTREPOT_ASSIGN_OR_RETURN(options.instance, Instance::Ephemeral());
  }
  options.job_name = job;
  const auto& steps = definitions.jobs().at(options.job_name).steps();
  internal::Executor executor(definitions, steps, graph, std::move(plan),
                              std::move(options), NewRunId());
  return executor.Run();
}

}  // namespace entrepot
