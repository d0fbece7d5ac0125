// One attempt at one step: load, compute, store.

#include "entrepot/execution/executor_internal.h"
#include "entrepot/execution/step_failure.h"
#include "entrepot/user_code.h"

namespace entrepot::internal {

void Executor::Log(size_t step, EventData data) {
  std::vector<Event> events;
  events.reserve(1);
  events.push_back(
      {Clock::System().Now(), run_id_, plan_.steps[step].step_key, std::move(data)});
  // What the log refuses fails the run when it is flushed; until then go on, so that
  // values on their way are stored.
  (void)log_.Append(std::move(events));
}

/// Logs that the last attempt failed, and what that makes of the step.
void Executor::LogFailed(size_t step, StepStatus status) {
  const StepOutcome& outcome = states_[step].outcome;
  StepFailed failed{.status = status,
                    .attempt = outcome.attempts,
                    .code = std::string(ToString(outcome.error->code())),
                    .error = outcome.error->ToString()};
  if (auto details = FailureDetailsOf(*outcome.error)) {
    const Status unique = CheckNames(details->metadata);
    if (unique) {
      failed.metadata = std::move(details->metadata);
    } else {  // Why the step failed matters more.
      failed.error +=
          fmt::format(" (without its metadata: {})", unique.error().message());
    }
  }
  Log(step, std::move(failed));
}

void Executor::Attempt(size_t step) {
  Report(step, StepStatus::kStarted);
  ++states_[step].outcome.attempts;
  // What our own code calls of others' may throw, too: the host's log.
  const Status ran = CallUserCode([&] { return RunStep(step); });
  states_[step].outcome.finished = Clock::System().Now();
  if (ran) {
    Succeed(step);
  } else {
    Fail(step, ran.error());
  }
}

Status Executor::RunStep(size_t step) {
  StepState& state = states_[step];
  Log(step, StepStarted{.attempt = state.outcome.attempts});
  if (!state.is_computed) {
    state.context = MakeContext(step);
    ENTREPOT_RETURN_IF_ERROR(ComputeOutputs(step));
    state.is_computed = true;
  }
  ENTREPOT_RETURN_IF_ERROR(StoreRest(step));
  state.context = nullptr;
  return CheckMade(step);
}

std::shared_ptr<StepContext> Executor::MakeContext(size_t step) {
  const PlannedStep& planned = plan_.steps[step];
  const StepSpec& spec = DefinitionOf(step).spec;
  const StepOutput& first = spec.outputs.front();
  return std::make_shared<StepContext>(StepContext::Fields{
      .run_id = run_id_,
      .step_key = planned.step_key,
      .asset_key = first.key,
      .partition = planned.partition,
      .run_partition = options_.partition,
      .partitions = spec.partitions,
      .attempt = states_[step].outcome.attempts,
      .facts = first.facts,
      .resources = resources_,
      .instance = options_.instance->weak_self(),
      .log = std::make_shared<EventStepLog>(log_, run_id_, planned.step_key,
                                            options_.on_log),
      .stop_token = stop_.get_token(),
      .job_name = options_.job_name,
      .host = DefinitionOf(step).host,
      .config = states_[step].config,
      .scratch_parent = options_.instance->home() + "/scratch",
      .yield = [this, step](
                   const std::string& output,
                   Value value) { return Yield(step, output, std::move(value)); },
      .load =
          [this, step](const AssetKey& key, const auto& partition, LoadRequest request,
                       std::shared_ptr<const void> host) {
            return LoadAsset(step, key, partition, std::move(request), std::move(host));
          }});
}

/// Loads the inputs and calls the function; what it makes is stored as it comes.
Status Executor::ComputeOutputs(size_t step) {
  StepState& state = states_[step];
  StepOutcome& outcome = state.outcome;
  for (size_t i = 0; i < state.outputs.size(); ++i) {
    state.outputs[i].to_store = Value();  // What a failed attempt left.
    outcome.outputs[i].is_made = outcome.outputs[i].stored = false;
  }
  ENTREPOT_ASSIGN_OR_RETURN(std::vector<Value> inputs, LoadInputs(step));
  const Stopwatch stopwatch;
  auto value = DefinitionOf(step).compute.function(*state.context, std::move(inputs));
  outcome.compute_seconds = stopwatch.seconds();
  for (const OutputOutcome& output : outcome.outputs)
    outcome.compute_seconds -= output.stored ? output.store.seconds : 0;
  if (!value) return value.error().While("computing " + Describe(step));
  const auto& outputs = DefinitionOf(step).spec.outputs;
  if (outputs.size() == 1 && !outcome.outputs[0].is_made) {
    return Yield(step, outputs[0].name, *std::move(value));
  }
  if (value->kind() == ValueKind::kNothing) return {};
  return Invalid("{} has made its outputs one by one, and returned a value beside them",
                 Describe(step));
}

std::string Executor::Describe(size_t step) const {
  const auto& outputs = DefinitionOf(step).spec.outputs;
  const bool is_asset = outputs.size() == 1 && outputs[0].key;
  return is_asset ? fmt::format("asset '{}'", plan_.steps[step].step_key)
                  : fmt::format("step '{}'", plan_.steps[step].step_key);
}

/// Says whether everything was made that must be, and logs the success that no
/// materialization tells.
Status Executor::CheckMade(size_t step) {
  const auto& declared = DefinitionOf(step).spec.outputs;
  const auto& outputs = states_[step].outcome.outputs;
  bool has_materialized = false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].is_made && declared[i].is_required) {
      return Invalid("{} did not make {}", Describe(step), declared[i].Describe());
    }
    has_materialized = has_materialized || outputs[i].id != nullptr;
  }
  if (!has_materialized) LogSucceeded(step);
  return {};
}

}  // namespace entrepot::internal
