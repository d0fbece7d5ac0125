#include "entrepot/execution/run_result.h"

#include <algorithm>

#include "entrepot/nearest_name.h"
#include "entrepot/user_code.h"

namespace entrepot {

std::string OutputOutcome::ToString(const std::string& step_key) const {
  if (!key) return fmt::format("{}.{}", step_key, name);
  const std::string text = key->ToUserString();
  return partition ? fmt::format("{}[{}]", text, *partition) : text;
}

RunResult::RunResult(std::string run_id, RunStatus status,
                     std::shared_ptr<Instance> instance, std::vector<StepOutcome> steps,
                     std::vector<std::vector<KeptOutput>> outputs,
                     std::optional<Error> error)
    : run_id_(std::move(run_id)),
      status_(status),
      instance_(std::move(instance)),
      steps_(std::move(steps)),
      error_(std::move(error)),
      outputs_(std::move(outputs)) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    by_step_.emplace(steps_[i].step_key, i);
    for (size_t k = 0; k < steps_[i].outputs.size(); ++k) {
      if (steps_[i].outputs[k].key)
        by_key_.emplace(*steps_[i].outputs[k].key, Place{i, k});
    }
  }
}

const StepOutcome* RunResult::Find(const AssetKey& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &steps_[found->second.step];
}

const StepOutcome* RunResult::Find(std::string_view step_key) const {
  const auto found = by_step_.find(std::string(step_key));
  return found == by_step_.end() ? nullptr : &steps_[found->second];
}

Status RunResult::ToStatus() const {
  // Where the run itself has failed, that is why steps were cancelled.
  const bool run_failed = status_ == RunStatus::kFailure && error_;
  const auto reason = std::ranges::find_if(steps_, [&](const StepOutcome& step) {
    return step.status == StepStatus::kFailure ||
           (!run_failed && step.error && step.error->code() == ErrorCode::kCancelled);
  });
  if (reason != steps_.end()) return *reason->error;
  if (status_ == RunStatus::kInterrupted)
    return Cancelled("run '{}' was interrupted", run_id_);
  if (error_) return *error_;
  return {};
}

Result<Value> RunResult::OutputValue(const AssetKey& key, LoadRequest request) const {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) return ValueAt(found->second, std::move(request));
  const std::string name = key.ToUserString();
  std::vector<std::string> names;
  for (const auto& [known, place] : by_key_) names.push_back(known.ToUserString());
  return Invalid("run '{}' had no step '{}'{}", run_id_, name, DidYouMean(name, names));
}

Result<Value> RunResult::OutputValue(std::string_view step_key, std::string_view output,
                                     LoadRequest request) const {
  const auto step = by_step_.find(std::string(step_key));
  if (step == by_step_.end()) {
    std::vector<std::string> names;
    for (const StepOutcome& other : steps_) names.push_back(other.step_key);
    return Invalid("run '{}' had no step '{}'{}", run_id_, step_key,
                   DidYouMean(step_key, names));
  }
  std::vector<std::string> names;
  for (const OutputOutcome& made : steps_[step->second].outputs) {
    if (made.name == output)
      return ValueAt({step->second, names.size()}, std::move(request));
    names.push_back(made.name);
  }
  return Invalid("step '{}' has no output '{}'{}", step_key, output,
                 DidYouMean(output, names));
}

Result<Value> RunResult::ValueAt(Place place, LoadRequest request) const {
  const StepOutcome& step = steps_[place.step];
  const OutputOutcome& made = step.outputs[place.output];
  if (step.status != StepStatus::kSuccess) {
    return Invalid("step '{}' has no output: its status is '{}'{}", step.step_key,
                   entrepot::ToString(step.status),
                   step.error ? ": " + step.error->ToString() : "");
  }
  if (!made.stored) {
    return Invalid("step '{}' stored no value{}: it returned nothing", step.step_key,
                   step.outputs.size() > 1 ? " of output '" + made.name + "'" : "");
  }
  const KeptOutput& output = outputs_[place.step][place.output];
  if (output.kept.kind() == ValueKind::kForeign) {
    if (auto copy = output.kept.foreign()->HandedOver()) return *std::move(copy);
  }
  if (output.kept.kind() != ValueKind::kNothing) return output.kept;
  request.expected_version = output.context->version();
  const InputContext context({.run_id = run_id_,
                              .upstream_output = output.context,
                              .resources = output.context->shared_resources(),
                              .instance = instance_->weak_self(),
                              .request = std::move(request)});
  auto value = CallUserCode([&] { return output.manager->LoadInput(context); });
  if (!value)
    return value.error().While(
        fmt::format("reading the output of run '{}' again", run_id_));
  return value;
}

}  // namespace entrepot
