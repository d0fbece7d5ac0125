#include "entrepot/execution/run_result.h"

#include <algorithm>

#include "entrepot/nearest_name.h"

namespace entrepot {

RunResult::RunResult(std::string run_id, RunStatus status,
                     std::shared_ptr<Instance> instance, std::vector<StepOutcome> steps,
                     std::map<AssetKey, StepOutput> outputs)
    : run_id_(std::move(run_id)),
      status_(status),
      instance_(std::move(instance)),
      steps_(std::move(steps)),
      outputs_(std::move(outputs)) {
  for (size_t i = 0; i < steps_.size(); ++i) by_key_.emplace(steps_[i].key, i);
}

const StepOutcome* RunResult::Find(const AssetKey& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &steps_[found->second];
}

Status RunResult::ToStatus() const {
  const auto reason = std::ranges::find_if(steps_, [](const StepOutcome& step) {
    return step.status == StepStatus::kFailure ||
           (step.error && step.error->code() == ErrorCode::kCancelled);
  });
  if (reason != steps_.end()) return *reason->error;
  if (status_ == RunStatus::kInterrupted)
    return Cancelled("run '{}' was interrupted", run_id_);
  return {};
}

Result<Value> RunResult::OutputValue(const AssetKey& key, LoadRequest request) const {
  const std::string name = key.ToUserString();
  const StepOutcome* step = Find(key);
  if (step == nullptr) {
    std::vector<std::string> names;
    for (const StepOutcome& other : steps_) names.push_back(other.key.ToUserString());
    return Invalid("run '{}' had no step '{}'{}", run_id_, name, DidYouMean(name, names));
  }
  if (step->status != StepStatus::kSuccess) {
    return Invalid("step '{}' has no output: its status is '{}'", name,
                   ToString(step->status));
  }
  if (!step->stored)
    return Invalid("step '{}' stored no value: it returned nothing", name);
  const StepOutput& output = outputs_.at(key);
  if (output.kept.kind() == ValueKind::kForeign) {
    if (auto copy = output.kept.foreign()->HandedOver()) return *std::move(copy);
  }
  if (output.kept.kind() != ValueKind::kNothing) return output.kept;
  request.expected_version = output.context->version();
  auto value = output.manager->LoadInput(
      InputContext({.run_id = run_id_,
                    .upstream_output = output.context,
                    .resources = output.context->shared_resources(),
                    .instance = instance_->weak_self(),
                    .request = std::move(request)}));
  if (!value)
    return value.error().While(
        fmt::format("reading the output of run '{}' again", run_id_));
  return value;
}

}  // namespace entrepot
