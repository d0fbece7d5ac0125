#include "entrepot/execution/materialize.h"

#include "entrepot/execution/executor_internal.h"
#include "entrepot/graph/selection.h"

namespace entrepot {
namespace {

Result<std::vector<size_t>> Select(const AssetGraph& graph,
                                   const MaterializeOptions& options) {
  return options.keys.empty() ? SelectAssets(graph, options.select)
                              : SelectKeys(graph, options.keys);
}

/// Formats a version as a UUID: 8-4-4-4-12.
std::string NewRunId() {
  std::string id = NewVersion();
  for (const size_t dash : {8, 13, 18, 23}) id.insert(dash, "-");
  return id;
}

}  // namespace

Result<Plan> PlanRun(const Definitions& definitions, const MaterializeOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(const AssetGraph graph, definitions.Graph());
  ENTREPOT_ASSIGN_OR_RETURN(const auto nodes, Select(graph, options));
  return MakePlan(graph, nodes);
}

Result<RunResult> Materialize(const Definitions& definitions,
                              MaterializeOptions options) {
  ENTREPOT_ASSIGN_OR_RETURN(const AssetGraph graph, definitions.Graph());
  ENTREPOT_ASSIGN_OR_RETURN(const auto nodes, Select(graph, options));
  if (!options.instance) {
    ENTREPOT_ASSIGN_OR_RETURN(options.instance, Instance::Ephemeral());
  }
  internal::Executor executor(definitions, graph, MakePlan(graph, nodes),
                              std::move(options), NewRunId());
  ENTREPOT_RETURN_IF_ERROR(executor.Prepare());
  return executor.Run();
}

}  // namespace entrepot
