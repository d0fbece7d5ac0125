#include "model.h"

#include <algorithm>

namespace entrepot::stress {
namespace {

std::vector<size_t> At(size_t step, const std::vector<size_t>& places_before) {
  std::vector<size_t> found;
  for (const size_t place : places_before) {
    if (place <= step) found.push_back(step - place);
  }
  return found;
}

std::vector<size_t> NeededBy(const Scenario& scenario, size_t step) {
  std::vector<size_t> needed = At(step, scenario.steps[step].reads);
  const auto follows = At(step, scenario.steps[step].follows);
  needed.insert(needed.end(), follows.begin(), follows.end());
  std::ranges::sort(needed);
  needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
  return needed;
}

std::vector<bool> Selected(const Scenario& scenario) {
  const size_t count = scenario.steps.size();
  std::vector<bool> selected(count, scenario.selects == Selects::kEverything);
  const size_t one = scenario.selected.empty() ? 0 : scenario.selected.front() % count;
  switch (scenario.selects) {
    case Selects::kEverything:
      break;
    case Selects::kSomeKeys:
      for (const size_t place : scenario.selected) selected[place % count] = true;
      break;
    case Selects::kUpstreamOfOne:
      selected[one] = true;
      for (size_t step = one + 1; step-- > 0;) {
        if (!selected[step]) continue;
        for (const size_t needed : NeededBy(scenario, step)) selected[needed] = true;
      }
      break;
    case Selects::kDownstreamOfOne:
      selected[one] = true;
      for (size_t step = one + 1; step < count; ++step) {
        const auto needed = NeededBy(scenario, step);
        if (std::ranges::any_of(needed, [&](size_t up) { return selected[up]; })) {
          selected[step] = true;
        }
      }
      break;
  }
  return selected;
}

/// A number that tells which step of which generation computed it, from which inputs.
std::int64_t Compute(size_t step, int generation, const std::vector<ExpectedStep>& model,
                     const std::vector<size_t>& reads) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t mixed = 0xcbf29ce484222325;
  const auto mix = [&](std::uint64_t number) { mixed = (mixed ^ number) * kPrime; };
  mix(static_cast<std::uint64_t>(generation));
  mix(step);
  for (const size_t read : reads) mix(static_cast<std::uint64_t>(model[read].value));
  return static_cast<std::int64_t>(mixed >> 1) | 1;  // Never 0.
}

}  // namespace

std::vector<ExpectedStep> Expect(const Scenario& scenario, int generation,
                                 const std::vector<ExpectedStep>& before) {
  const std::vector<bool> selected = Selected(scenario);
  std::vector<ExpectedStep> model;
  model.reserve(scenario.steps.size());
  for (size_t i = 0; i < scenario.steps.size(); ++i) {
    const StepPlan& plan = scenario.steps[i];
    ExpectedStep& step = model.emplace_back();
    step.is_selected = selected[i];
    step.reads = At(i, plan.reads);
    for (const size_t needed : NeededBy(scenario, i)) {
      if (selected[needed]) step.upstream.push_back(needed);
    }
    if (!step.is_selected) {
      step.value = before.empty() ? 0 : before[i].value;
      continue;
    }
    step.value = plan.returns_nothing ? 0 : Compute(i, generation, model, step.reads);
    if (std::ranges::any_of(step.upstream, [&](size_t up) {
          return model[up].status != StepStatus::kSuccess;
        })) {
      step.status = StepStatus::kSkipped;
      continue;
    }
    step.attempts = std::min(plan.failing_attempts, plan.max_retries) + 1;
    if (plan.failing_attempts > plan.max_retries) step.status = StepStatus::kFailure;
  }
  return model;
}

}  // namespace entrepot::stress
