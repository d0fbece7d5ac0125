#include "entrepot/graph/plan.h"

namespace entrepot {

Plan MakePlan(const AssetGraph& graph, const std::vector<size_t>& nodes) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  std::vector<size_t> step_of(graph.nodes().size(), kNone);
  std::vector<bool> selected(graph.nodes().size());
  for (const size_t node : nodes) selected[node] = true;

  Plan plan;
  plan.steps.reserve(nodes.size());
  for (const size_t index : graph.topological_order()) {
    if (!selected[index]) continue;
    const AssetNode& node = graph.nodes()[index];
    const size_t step_index = plan.steps.size();
    step_of[index] = step_index;
    plan.steps.push_back(
        {.step_key = node.spec.key.ToUserString(), .key = node.spec.key, .node = index});
    PlannedStep& step = plan.steps.back();
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const auto& from = node.inputs[i].node;
      const bool is_made = from && selected[*from];
      const auto made_by = is_made ? std::optional(step_of[*from]) : std::nullopt;
      if (made_by) ++plan.steps[*made_by].num_readers;
      step.inputs.push_back(
          {node.spec.inputs[i].name, node.inputs[i].key, std::nullopt, made_by});
    }
    for (const size_t upstream : node.upstream) {
      if (!selected[upstream]) continue;
      step.after.push_back(step_of[upstream]);
      plan.steps[step_of[upstream]].before.push_back(step_index);
    }
  }
  return plan;
}

std::string Plan::ToString() const {
  std::string text;
  for (const PlannedStep& step : steps) {
    text += step.step_key;
    for (const PlannedInput& input : step.inputs) {
      text += fmt::format("{}{}{}", &input == &step.inputs.front() ? " ← " : ", ",
                          input.step ? "" : "*", input.key.ToUserString());
    }
    text += '\n';
  }
  return text;
}

}  // namespace entrepot
