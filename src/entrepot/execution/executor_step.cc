// One attempt at one step: load, compute, store, log.

#include "entrepot/execution/executor_internal.h"

namespace entrepot::internal {
namespace {

/// What readers, and the run's result, may be given instead of the stored value read
/// back: immutable data itself, a foreign object only as its language's copy.
Value Handover(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kTable:
    case ValueKind::kBytes:
    case ValueKind::kText:
    case ValueKind::kJson:
      return value;
    case ValueKind::kForeign:
      return value.foreign()->HandedOver().value_or(Value());
    default:
      return Value();
  }
}

}  // namespace

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
  Log(step, StepFailed{.status = status,
                       .attempt = outcome.attempts,
                       .code = std::string(ToString(outcome.error->code())),
                       .error = outcome.error->ToString()});
}

void Executor::Attempt(size_t step) {
  Report(step, StepStatus::kStarted);
  ++states_[step].outcome.attempts;
  const Status ran = RunStep(step);
  states_[step].outcome.finished = Clock::System().Now();
  if (ran) {
    Succeed(step);
  } else {
    Fail(step, ran.error());
  }
}

Status Executor::RunStep(size_t step) {
  const PlannedStep& planned = plan_.steps[step];
  StepOutcome& outcome = states_[step].outcome;
  Log(step, StepStarted{.attempt = outcome.attempts});
  const auto log =
      std::make_shared<EventStepLog>(log_, run_id_, planned.step_key, options_.on_log);
  const auto context = std::make_shared<StepContext>(
      StepContext::Fields{.run_id = run_id_,
                          .step_key = planned.step_key,
                          .asset_key = planned.key,
                          .partition = planned.partition,
                          .attempt = outcome.attempts,
                          .facts = DefinitionOf(step).spec.facts,
                          .resources = resources_,
                          .log = log,
                          .stop_token = options_.stop});
  ENTREPOT_ASSIGN_OR_RETURN(std::vector<Value> inputs, LoadInputs(step, log));
  const Stopwatch stopwatch;
  auto value = DefinitionOf(step).compute.function(*context, std::move(inputs));
  if (!value)
    return value.error().While(fmt::format("computing asset '{}'", planned.step_key));
  outcome.compute_seconds = stopwatch.seconds();
  return Store(step, *context, *std::move(value));
}

Result<std::vector<Value>> Executor::LoadInputs(size_t step,
                                                const std::shared_ptr<StepLog>& log) {
  const PlannedStep& planned = plan_.steps[step];
  states_[step].outcome.inputs.clear();
  std::vector<Value> inputs = TakeInputs(step);
  for (size_t i = 0; i < inputs.size(); ++i) {
    auto value = LoadInput(step, i, std::move(inputs[i]), log);
    if (!value) {
      return value.error().While(fmt::format("loading input '{}' of '{}'",
                                             planned.inputs[i].name, planned.step_key));
    }
    inputs[i] = *std::move(value);
  }
  return inputs;
}

/// Takes what was handed over to a step, nothing for the other inputs: all at once, so
/// that no value is left behind where another cannot be loaded. A retry takes nothing,
/// and loads what the first attempt took.
std::vector<Value> Executor::TakeInputs(size_t step) {
  const auto& planned = plan_.steps[step].inputs;
  std::vector<Value> taken(planned.size());
  if (states_[step].outcome.attempts > 1) return taken;
  for (size_t i = 0; i < planned.size(); ++i) {
    if (planned[i].step) taken[i] = TakeHandedOver(*planned[i].step);
  }
  return taken;
}

/// Takes what a step of this run left for its readers; the last reader takes it away.
Value Executor::TakeHandedOver(size_t step) {
  const std::lock_guard lock(mutex_);
  StepState& state = states_[step];
  if (--state.readers_left > 0) return state.handed_over;
  return std::exchange(state.handed_over, Value());
}

/// Returns an input's value: what was handed over if it is one, else what is stored.
Result<Value> Executor::LoadInput(size_t step, size_t index, Value value,
                                  const std::shared_ptr<StepLog>& log) {
  const PlannedInput& input = plan_.steps[step].inputs[index];
  StepOutcome& outcome = states_[step].outcome;
  const Source& source =
      input.step ? states_[*input.step].source : externals_.at(input.key);
  InputRead read{.name = input.name,
                 .key = input.key,
                 .partition = input.partition,
                 .source = source.materialization};
  if (value.kind() == ValueKind::kForeign) {
    value = value.foreign()->HandedOver().value_or(Value());  // To each reader its own.
  }
  read.handed_over = value.kind() != ValueKind::kNothing;
  if (!read.handed_over && source.has_value) {
    ENTREPOT_ASSIGN_OR_RETURN(value, LoadFrom(source, step, index, log, read.load));
  }
  outcome.inputs.push_back(std::move(read));
  return value;
}

Result<Value> Executor::LoadFrom(const Source& source, size_t step, size_t index,
                                 const std::shared_ptr<StepLog>& log,
                                 TransferStats& stats) {
  const AssetDefinition& definition = DefinitionOf(step);
  const AssetInput& declared = definition.spec.inputs[index];
  const InputContext context(
      {.name = declared.name,
       .step_key = plan_.steps[step].step_key,
       .run_id = run_id_,
       .upstream_output = source.output,
       .definition_metadata = declared.metadata,
       .host = declared.host,
       .log = log,
       .resources = resources_,
       .instance = options_.instance->weak_self(),
       .request = {.as_stream = definition.compute.wants_stream[index]}});
  const Stopwatch stopwatch;
  auto value = source.manager->LoadInput(context);
  if (value) stats = StatsOf(source.output->receipts(), *value, stopwatch.seconds());
  return value;
}

Status Executor::Store(size_t step, const StepContext& context, Value value) {
  const PlannedStep& planned = plan_.steps[step];
  StepState& state = states_[step];
  const bool has_value = value.kind() != ValueKind::kNothing;
  auto output = std::make_shared<OutputContext>(
      OutputContext::Fields{.step_key = planned.step_key,
                            .run_id = run_id_,
                            .asset_key = planned.key,
                            .partition = planned.partition,
                            .version = has_value ? NewVersion() : "",
                            .io_manager_key = state.manager->record.key,
                            .asset = DefinitionOf(step).spec.facts,
                            .log = context.shared_log(),
                            .resources = resources_,
                            .output_metadata = context.output_metadata()});
  if (has_value) ENTREPOT_RETURN_IF_ERROR(HandOut(step, *output, std::move(value)));
  state.outcome.stored = has_value;
  state.outcome.receipts = output->receipts();
  state.outcome.metadata = output->output_metadata();
  state.outcome.id = MakeEventIdRef();
  LogMaterialized(step, *output);
  state.source = {state.manager->manager, std::move(output), state.outcome.id, has_value};
  return {};
}

/// Gives the value to its manager, and keeps of it what readers and the result may have.
Status Executor::HandOut(size_t step, OutputContext& output, Value value) {
  StepState& state = states_[step];
  const BoundManager& bound = *state.manager;
  const bool is_stream =
      value.kind() == ValueKind::kStream;  // Read once: by the manager.
  const Stopwatch stopwatch;
  ENTREPOT_RETURN_IF_ERROR(bound.manager->HandleOutput(output, value));
  state.outcome.store = StatsOf(output.receipts(), value, stopwatch.seconds());
  options_.instance->Remember(plan_.steps[step].key, plan_.steps[step].partition,
                              bound.manager, bound.is_volatile);
  if (is_stream) return {};
  const bool only_here = bound.is_volatile || !bound.is_lossless;
  if (only_here) {
    state.kept = std::move(value);
    return {};
  }
  Value shared = Handover(value);
  if (shared.size_bytes() <= options_.keep_bytes) state.kept = shared;
  const std::lock_guard lock(mutex_);  // Readers may be skipped meanwhile.
  if (state.readers_left > 0) state.handed_over = std::move(shared);
  return {};
}

void Executor::LogMaterialized(size_t step, const OutputContext& output) {
  const StepState& state = states_[step];
  const StepOutcome& outcome = state.outcome;
  Log(step, Materialized{
                .key = outcome.key,
                .partition = outcome.partition,
                .id = outcome.id,
                .receipts = outcome.receipts,
                .metadata = outcome.metadata,
                .code_version = output.asset().code_version,
                .io_manager = outcome.stored ? state.manager->record : IOManagerRecord{},
                .inputs = outcome.inputs,
                .compute_seconds = outcome.compute_seconds,
                .store = outcome.store,
                .attempt = outcome.attempts});
}

}  // namespace entrepot::internal
