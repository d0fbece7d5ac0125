#include "entrepot/graph/plan.h"

#include <algorithm>

namespace entrepot {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

/// Returns the partition of a step's assets that the run makes; nullopt: they have none.
Result<std::optional<std::string>> PartitionOf(const StepSpec& spec,
                                               const PlanOptions& options) {
  if (!spec.partitions) return std::optional<std::string>();
  if (!options.partition) {
    return Invalid(
        "{} has partitions, {}; say which one to make (a partition "
        "key; --partition on the command line)",
        spec.outputs.front().Describe(), spec.partitions->Describe());
  }
  const Status exists = spec.partitions->Check(*options.partition, options.now);
  if (!exists) {
    return exists.error().While(
        fmt::format("planning {}", spec.outputs.front().Describe()));
  }
  return options.partition;
}

/// Makes a plan, step by step.
class Planner {
 public:
  Planner(const StepGraph& graph, const std::vector<size_t>& nodes,
          const PlanOptions& options)
      : graph_(graph), options_(options), step_of_(graph.nodes().size(), kNone) {
    plan_.steps.reserve(nodes.size());
  }

  Status Add(size_t index) {
    const StepNode& node = graph_.nodes()[index];
    PlannedStep step{.step_key = node.spec.key, .node = index};
    ENTREPOT_ASSIGN_OR_RETURN(step.partition, PartitionOf(node.spec, options_));
    if (step.partition) step.step_key += fmt::format("[{}]", *step.partition);
    for (const StepOutput& output : node.spec.outputs)
      step.outputs.push_back({output.name, output.key});
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      auto input = PlanInput(step, i);
      if (!input) {
        return input.error().While(fmt::format("planning input '{}' of '{}'",
                                               node.spec.inputs[i].name, step.step_key));
      }
      step.inputs.push_back(*std::move(input));
    }
    const size_t number = plan_.steps.size();
    for (const size_t upstream : node.upstream) {
      if (step_of_[upstream] == kNone) continue;
      step.after.push_back(step_of_[upstream]);
      plan_.steps[step_of_[upstream]].before.push_back(number);
    }
    step_of_[index] = number;
    plan_.steps.push_back(std::move(step));
    return {};
  }

  Plan Take() && { return std::move(plan_); }

 private:
  Result<PlannedInput> PlanInput(const PlannedStep& step, size_t index) {
    const StepNode& node = graph_.nodes()[step.node];
    const ResolvedInput& input = node.inputs[index];
    PlannedInput planned{.name = node.spec.inputs[index].name, .key = input.key};
    ENTREPOT_RETURN_IF_ERROR(PlanPartitions(step, input, planned));
    // Only earlier steps are there yet: one that reads other partitions of itself finds
    // nothing.
    for (const OutputRef maker : input.makers) {
      const size_t made_by = step_of_[maker.node];
      if (made_by == kNone) continue;
      const auto& partition = plan_.steps[made_by].partition;
      const auto& read = planned.partitions;
      if (!read || std::ranges::find(*read, partition) != read->end())
        planned.makers.push_back({made_by, maker.output});
    }
    planned.is_made = node.spec.inputs[index].input_manager_key.empty() &&
                      !planned.makers.empty() &&
                      planned.makers.size() == input.makers.size() &&
                      (!planned.partitions || planned.partitions->size() == 1);
    if (planned.is_made) {
      for (const PlannedMaker maker : planned.makers)
        ++plan_.steps[maker.step].outputs[maker.output].num_readers;
    }
    return planned;
  }

  Status PlanPartitions(const PlannedStep& step, const ResolvedInput& input,
                        PlannedInput& planned) const {
    if (!input.key || input.makers.empty()) return {};
    const auto& read = graph_.nodes()[input.makers.front().node].spec.partitions;
    if (!read) return {};
    const auto& own = graph_.nodes()[step.node].spec.partitions;
    ENTREPOT_ASSIGN_OR_RETURN(planned.partitions,
                              UpstreamPartitions(input.mapping, own.get(), step.partition,
                                                 *read, options_.now));
    return {};
  }

  const StepGraph& graph_;
  const PlanOptions& options_;
  Plan plan_;
  std::vector<size_t> step_of_;  // By node; kNone: not in the plan, or not yet.
};

}  // namespace

Result<Plan> MakePlan(const StepGraph& graph, const std::vector<size_t>& nodes,
                      const PlanOptions& options) {
  std::vector<bool> selected(graph.nodes().size());
  for (const size_t node : nodes) selected[node] = true;
  const bool any_partitioned = std::ranges::any_of(
      nodes, [&](size_t node) { return graph.nodes()[node].spec.partitions != nullptr; });
  if (options.partition && !any_partitioned) {
    return Invalid(
        "partition '{}' was asked for, but nothing that would run has partitions",
        *options.partition);
  }
  Planner planner(graph, nodes, options);
  for (const size_t node : graph.topological_order()) {
    if (selected[node]) ENTREPOT_RETURN_IF_ERROR(planner.Add(node));
  }
  return std::move(planner).Take();
}

std::string PlannedInput::ToString(const Plan& plan) const {
  if (key) {
    if (!partitions) return key->ToUserString();
    return partitions->size() == 1
               ? fmt::format("{}[{}]", key->ToUserString(), partitions->front())
               : fmt::format("{}[{} partitions]", key->ToUserString(),
                             partitions->size());
  }
  if (makers.empty()) return name;
  std::string text;
  for (const PlannedMaker maker : makers) {
    const PlannedStep& step = plan.steps[maker.step];
    text += fmt::format("{}{}.{}", text.empty() ? "" : " + ", step.step_key,
                        step.outputs[maker.output].name);
  }
  return text;
}

std::string Plan::ToString() const {
  std::string text;
  for (const PlannedStep& step : steps) {
    text += step.step_key;
    for (const PlannedInput& input : step.inputs) {
      text += fmt::format("{}{}{}", &input == &step.inputs.front() ? " ← " : ", ",
                          input.is_made ? "" : "*", input.ToString(*this));
    }
    text += '\n';
  }
  return text;
}

}  // namespace entrepot
