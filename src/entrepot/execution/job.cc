#include "entrepot/execution/job.h"

#include <algorithm>

namespace entrepot {

Op::Op(std::string name) { definition_.spec.key = std::move(name); }

Op&& Op::Takes(const std::vector<std::string>& names) && {
  parameters_ = names;
  return std::move(*this);
}

Op&& Op::Makes(StepOutput output) && {
  auto& outputs = definition_.spec.outputs;
  if (!has_outputs_) outputs.clear();
  has_outputs_ = true;
  outputs.push_back(std::move(output));
  return std::move(*this);
}

Op&& Op::IOManagerKey(std::string key) && {
  definition_.spec.outputs.front().io_manager_key = std::move(key);
  has_manager_ = true;
  return std::move(*this);
}

Op&& Op::Retry(RetryPolicy policy) && {
  definition_.retry_policy = policy;
  return std::move(*this);
}

Op&& Op::RequiresResources(std::vector<std::string> keys) && {
  definition_.required_resource_keys = std::move(keys);
  return std::move(*this);
}

OpInput OpInput::List(std::vector<OutputName> outputs) {
  OpInput input;
  input.input_.outputs = std::move(outputs);
  input.input_.is_list = true;
  return input;
}

OpInput OpInput::LoadedBy(std::string input_manager_key) {
  OpInput input;
  input.input_.input_manager_key = std::move(input_manager_key);
  return input;
}

OpInput OpInput::Given(Value value) {
  OpInput input;
  input.given_ = std::move(value);
  return input;
}

std::string Job::FreeName(const std::string& name) const {
  const auto is_taken = [&](const std::string& candidate) {
    return std::ranges::any_of(
        steps_, [&](const StepDefinition& step) { return step.spec.key == candidate; });
  };
  std::string free = name;
  for (int i = 2; is_taken(free); ++i) free = fmt::format("{}_{}", name, i);
  return free;
}

OutputName Job::Add(Op op, const std::vector<OpInput>& inputs,
                    const std::vector<OutputName>& after) {
  StepDefinition& step = op.definition_;
  step.spec.key = FreeName(step.spec.key);
  step.spec.after = after;
  const size_t taken = step.compute.inputs.size();
  if (!step.compute.function) {
    faults_.push_back(fmt::format("op '{}' has no compute function", step.spec.key));
  } else if (taken != inputs.size()) {
    faults_.push_back(fmt::format("op '{}' is given {} inputs, but its function takes {}",
                                  step.spec.key, inputs.size(), taken));
  }
  if (op.has_outputs_ && op.has_manager_) {
    faults_.push_back(fmt::format(
        "op '{}' names its outputs, and an I/O manager beside them; give each output its "
        "io_manager_key",
        step.spec.key));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    StepInput input = inputs[i].input_;
    input.name =
        i < op.parameters_.size() ? op.parameters_[i] : fmt::format("input_{}", i);
    if (inputs[i].given_) step.given.emplace(i, *inputs[i].given_);
    step.spec.inputs.push_back(std::move(input));
  }
  OutputName result{.step = step.spec.key};
  steps_.push_back(std::move(step));
  return result;
}

}  // namespace entrepot
