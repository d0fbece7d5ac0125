// The outputs of a step: stored as they come, and logged.

#include <algorithm>

#include "entrepot/execution/executor_internal.h"
#include "entrepot/execution/manager_calls_internal.h"
#include "entrepot/nearest_name.h"

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

/// Takes an output from the function (or what it returned) and stores it. Where storing
/// fails and may be tried again, the function goes on, and the next attempt stores what
/// is left without it.
Status Executor::Yield(size_t step, const std::string& name, Value value) {
  const auto& declared = DefinitionOf(step).spec.outputs;
  const auto found = std::ranges::find(declared, name, &StepOutput::name);
  if (found == declared.end()) {
    std::vector<std::string> names;
    for (const StepOutput& output : declared) names.push_back(output.name);
    return Invalid("{} has no output '{}'{}", Describe(step), name,
                   DidYouMean(name, names));
  }
  StepState& state = states_[step];
  const auto index = static_cast<size_t>(found - declared.begin());
  if (state.outcome.outputs[index].is_made) {
    return Invalid("{} made output '{}' twice", Describe(step), name);
  }
  state.outcome.outputs[index].is_made = true;
  const bool is_stream = value.kind() == ValueKind::kStream;
  if (const auto& scratch = state.context->made_scratch_folder())
    value = scratch->Keeping(std::move(value));
  state.outputs[index].to_store = std::move(value);
  const Status stored = StoreOutput(step, index);
  if (stored || is_stream || !WillRetry(step, stored.error())) return stored;
  if (!state.store_error) state.store_error = stored.error();
  return {};
}

/// Stores what this step has made and could not store. Directly after the function that
/// is what just failed: the next attempt will store it.
Status Executor::StoreRest(size_t step) {
  StepState& state = states_[step];
  if (state.store_error) return *std::exchange(state.store_error, std::nullopt);
  for (size_t i = 0; i < state.outputs.size(); ++i) {
    if (state.outputs[i].to_store.kind() == ValueKind::kNothing) continue;
    ENTREPOT_RETURN_IF_ERROR(StoreOutput(step, i));
  }
  return {};
}

Status Executor::StoreOutput(size_t step, size_t index) {
  const PlannedStep& planned = plan_.steps[step];
  const StepSpec& spec = DefinitionOf(step).spec;
  const StepOutput& declared = spec.outputs[index];
  StepState& state = states_[step];
  OutputState& output = state.outputs[index];
  OutputOutcome& outcome = state.outcome.outputs[index];
  const bool has_value = output.to_store.kind() != ValueKind::kNothing;
  auto context = std::make_shared<OutputContext>(OutputContext::Fields{
      .name = declared.name,
      .step_key = planned.step_key,
      .run_id = run_id_,
      .job_name = options_.job_name,
      .asset_key = declared.key,
      .partition = planned.partition,
      .run_partition = options_.partition,
      .partitions = spec.partitions,
      .version = has_value ? NewVersion() : "",
      .io_manager_key = output.manager->record.key,
      .asset = declared.facts,
      .log = state.context->shared_log(),
      .resources = resources_,
      .resource_config = output.manager->config,
      .output_metadata = state.context->output_metadata(declared.name)});
  const Status unique = CheckNames(context->output_metadata());
  if (!unique) return unique.error().While("storing " + context->Describe());
  if (has_value) ENTREPOT_RETURN_IF_ERROR(HandOut(step, index, *context));
  context->DropUnusedVersion();
  outcome.stored = has_value;
  outcome.receipts = context->receipts();
  outcome.metadata = context->output_metadata();
  if (declared.key) {
    outcome.id = MakeEventIdRef();
    LogMaterialized(step, index, context->asset());
  }
  output.source = {.manager = output.manager->manager,
                   .output = std::move(context),
                   .materialization = outcome.id,
                   .has_value = has_value};
  return {};
}

/// Gives the value to its manager, and keeps of it what readers and the result may have.
Status Executor::HandOut(size_t step, size_t index, OutputContext& context) {
  OutputState& output = states_[step].outputs[index];
  OutputOutcome& outcome = states_[step].outcome.outputs[index];
  const BoundManager& bound = *output.manager;
  // Streams are read once: by the manager.
  const bool is_stream = output.to_store.kind() == ValueKind::kStream;
  const Stopwatch stopwatch;
  ENTREPOT_RETURN_IF_ERROR(StoreBy(*bound.manager, context, output.to_store));
  Value value = std::exchange(output.to_store, Value());
  outcome.store = StatsOf(context.receipts(), value, stopwatch.seconds());
  if (outcome.key) {
    options_.instance->Remember(*outcome.key, outcome.partition,
                                bound.ends_with_run ? nullptr : bound.manager,
                                bound.is_volatile);
  }
  if (is_stream) return {};
  const bool only_here = bound.is_volatile || !bound.is_lossless;
  if (only_here) {
    output.kept = std::move(value);
    return {};
  }
  Value shared = Handover(value);
  if (shared.size_bytes() <= options_.keep_bytes) output.kept = shared;
  const std::lock_guard lock(mutex_);  // Readers may be skipped meanwhile.
  if (output.readers_left > 0) output.handed_over = std::move(shared);
  return {};
}

void Executor::LogMaterialized(size_t step, size_t index, const AssetFacts& facts) {
  const StepOutcome& outcome = states_[step].outcome;
  const OutputOutcome& output = outcome.outputs[index];
  Log(step, Materialized{.key = *output.key,
                         .partition = output.partition,
                         .id = output.id,
                         .receipts = output.receipts,
                         .metadata = output.metadata,
                         .code_version = facts.code_version,
                         .io_manager = output.stored
                                           ? states_[step].outputs[index].manager->record
                                           : IOManagerRecord{},
                         .inputs = outcome.inputs,
                         .compute_seconds = outcome.compute_seconds,
                         .store = output.store,
                         .attempt = outcome.attempts});
}

void Executor::LogSucceeded(size_t step) {
  const StepOutcome& outcome = states_[step].outcome;
  StepSucceeded succeeded{.attempt = outcome.attempts,
                          .compute_seconds = outcome.compute_seconds};
  for (size_t i = 0; i < outcome.outputs.size(); ++i) {
    const OutputOutcome& output = outcome.outputs[i];
    if (!output.stored) continue;
    succeeded.outputs.push_back({.name = output.name,
                                 .receipts = output.receipts,
                                 .metadata = output.metadata,
                                 .io_manager = states_[step].outputs[i].manager->record,
                                 .store = output.store});
  }
  Log(step, std::move(succeeded));
}

}  // namespace entrepot::internal
