// One attempt at one step: load, compute, store, log.

#include <algorithm>

#include "entrepot/execution/executor_internal.h"
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
      .log = std::make_shared<EventStepLog>(log_, run_id_, planned.step_key,
                                            options_.on_log),
      .stop_token = options_.stop,
      .job_name = options_.job_name,
      .host = DefinitionOf(step).host,
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

Result<std::vector<Value>> Executor::LoadInputs(size_t step) {
  const PlannedStep& planned = plan_.steps[step];
  StepOutcome& outcome = states_[step].outcome;
  outcome.inputs.clear();
  const Stopwatch stopwatch;
  std::vector<std::vector<Value>> taken = TakeInputs(step);
  std::vector<Value> inputs;
  for (size_t i = 0; i < taken.size(); ++i) {
    auto value = LoadInput(step, i, std::move(taken[i]));
    if (!value) {
      return value.error().While(fmt::format("loading input '{}' of '{}'",
                                             planned.inputs[i].name, planned.step_key));
    }
    inputs.push_back(*std::move(value));
  }
  outcome.load_seconds = stopwatch.seconds();
  return inputs;
}

/// Takes what was handed over to a step, by input and maker, nothing for what was not:
/// all at once, so that no value is left behind where another cannot be loaded. A retry
/// takes nothing, and loads what the first attempt took.
std::vector<std::vector<Value>> Executor::TakeInputs(size_t step) {
  const auto& planned = plan_.steps[step].inputs;
  std::vector<std::vector<Value>> taken(planned.size());
  if (states_[step].outcome.attempts > 1) return taken;
  for (size_t i = 0; i < planned.size(); ++i) {
    if (!planned[i].is_made) continue;
    for (const PlannedMaker maker : planned[i].makers)
      taken[i].push_back(TakeHandedOver(maker));
  }
  return taken;
}

/// Takes what a step of this run left for its readers; the last reader takes it away.
Value Executor::TakeHandedOver(PlannedMaker maker) {
  const std::lock_guard lock(mutex_);
  OutputState& output = states_[maker.step].outputs[maker.output];
  if (--output.readers_left > 0) return output.handed_over;
  return std::exchange(output.handed_over, Value());
}

/// Returns an input's value: what was handed over if it is one, else what is stored.
Result<Value> Executor::LoadInput(size_t step, size_t index, std::vector<Value> taken) {
  const PlannedInput& input = plan_.steps[step].inputs[index];
  for (Value& value : taken) {
    if (value.kind() != ValueKind::kForeign) continue;
    value = value.foreign()->HandedOver().value_or(Value());  // To each reader its own.
  }
  const auto& given = DefinitionOf(step).given;
  if (const auto found = given.find(index); found != given.end()) return found->second;
  if (DefinitionOf(step).spec.inputs[index].is_list) return LoadList(step, index, taken);
  Value value = taken.empty() ? Value() : std::move(taken.front());
  const bool handed_over = value.kind() != ValueKind::kNothing;
  const Sources sources = SourcesOf(step, index);
  const Stopwatch stopwatch;
  const bool has_value = sources.empty() ? !input.partitions : sources.front()->has_value;
  if (!handed_over && has_value) {
    ENTREPOT_ASSIGN_OR_RETURN(value, LoadFrom(sources, step, index));
  }
  AddReads(step, index, sources, value, handed_over, stopwatch.seconds());
  const bool is_alone = input.partitions && input.partitions->size() == 1;
  if (is_alone && !sources.empty() &&
      DefinitionOf(step).compute.inputs[index].as_partitions) {
    return Value::Map({{input.partitions->front(), std::move(value)}});
  }
  return value;
}

/// Returns the values of an input that takes several outputs, in their order.
Result<Value> Executor::LoadList(size_t step, size_t index, std::vector<Value>& taken) {
  std::vector<std::pair<std::string, Value>> entries;
  const auto& makers = plan_.steps[step].inputs[index].makers;
  taken.resize(makers.size());
  for (size_t i = 0; i < makers.size(); ++i) {
    const Source& source = SourceOf(makers[i]);
    if (taken[i].kind() == ValueKind::kNothing && source.has_value) {
      ENTREPOT_ASSIGN_OR_RETURN(taken[i], LoadFrom({&source}, step, index));
    }
    entries.emplace_back(std::to_string(i), std::move(taken[i]));
  }
  AddReads(step, index, {}, {}, false, 0);
  return Value::Map(std::move(entries));
}

/// Adds to the assets that a step has read those of one input: itself, or those that led
/// to an output that is none.
void Executor::AddReads(size_t step, size_t index, const Sources& sources,
                        const Value& value, bool handed_over, double seconds) {
  const PlannedInput& input = plan_.steps[step].inputs[index];
  std::vector<InputRead>& reads = states_[step].outcome.inputs;
  if (!input.key) {
    for (const PlannedMaker maker : input.makers) {
      const auto& inner = states_[maker.step].outcome.inputs;
      reads.insert(reads.end(), inner.begin(), inner.end());
    }
    return;
  }
  for (const Source* source : sources) {
    InputRead read{.name = input.name,
                   .key = *input.key,
                   .partition = source->output->partition(),
                   .source = source->materialization,
                   .handed_over = handed_over};
    // All partitions are loaded at once: the first one tells how long that took.
    if (!handed_over && source->has_value) {
      read.load = StatsOf(source->output->receipts(), value,
                          source == sources.front() ? seconds : 0);
    }
    reads.push_back(std::move(read));
  }
}

/// Returns where the partitions of an input that are there are, in their order; of what
/// has no partitions, where its value is; nothing for what no step and no asset makes.
Executor::Sources Executor::SourcesOf(size_t step, size_t index) const {
  const PlannedInput& input = plan_.steps[step].inputs[index];
  if (!input.key) {
    if (input.makers.empty()) return {};
    return {&SourceOf(input.makers.front())};
  }
  const auto source_of = [&](const std::optional<std::string>& partition) {
    return Makes(input, partition) ? &SourceOf(input.makers.front())
                                   : &externals_.at({*input.key, partition});
  };
  if (!input.partitions) return {source_of(std::nullopt)};
  Sources sources;
  for (const std::string& partition : *input.partitions) {
    const Source* source = source_of(partition);
    if (!source->missing || InputManagerOf(step, index) != nullptr) {
      sources.push_back(source);
      continue;
    }
    states_[step].context->log().Warning(
        "input '{}': asset '{}' has no partition '{}'; it is left out, as "
        "allow_missing_partitions says",
        input.name, input.key->ToUserString(), partition);
  }
  return sources;
}

Result<Value> Executor::LoadFrom(const Sources& sources, size_t step, size_t index) {
  const StepDefinition& definition = DefinitionOf(step);
  const StepInput& declared = definition.spec.inputs[index];
  const PlannedInput& planned = plan_.steps[step].inputs[index];
  std::optional<std::vector<std::shared_ptr<const OutputContext>>> partition_outputs;
  if (planned.partitions) {
    partition_outputs.emplace();
    for (const Source* source : sources) partition_outputs->push_back(source->output);
  }
  const InputContext context(
      {.name = declared.name,
       .step_key = plan_.steps[step].step_key,
       .job_name = options_.job_name,
       .run_id = run_id_,
       .upstream_output = sources.empty() ? nullptr : sources.front()->output,
       .partition_outputs = std::move(partition_outputs),
       .asset_key = planned.key,
       .run_partition = options_.partition,
       .definition_metadata = declared.metadata,
       .resource_config = ConfigOf(step, index, sources),
       .host = declared.host,
       .log = states_[step].context->shared_log(),
       .resources = resources_,
       .instance = options_.instance->weak_self(),
       .request = {.as_stream = definition.compute.inputs[index].as_stream}});
  InputManager* manager = InputManagerOf(step, index);
  if (manager != nullptr) return manager->LoadInput(context);
  return sources.front()->manager->LoadInput(context);
}

/// Returns the manager that an input names, or null.
InputManager* Executor::InputManagerOf(size_t step, size_t index) const {
  const auto& managers = states_[step].input_managers;
  return managers.empty() ? nullptr : managers[index].get();
}

/// Returns the configuration of what loads an input.
std::shared_ptr<const void> Executor::ConfigOf(size_t step, size_t index,
                                               const Sources& sources) const {
  const std::string& key = DefinitionOf(step).spec.inputs[index].input_manager_key;
  if (!key.empty()) return run_resources_.ConfigOf(key);
  if (sources.empty()) return nullptr;
  return run_resources_.ConfigOf(sources.front()->output->io_manager_key());
}

Result<Value> Executor::LoadAsset(size_t step, const AssetKey& key,
                                  const std::optional<std::string>& partition,
                                  LoadRequest request,
                                  std::shared_ptr<const void> host) const {
  LoadOptions options{.request = std::move(request),
                      .partition = partition,
                      .log = states_[step].context->shared_log(),
                      .resources = resources_,
                      .host = std::move(host)};
  if (const auto made_by = graph_.Find(key)) {
    const StepOutput& declared = graph_.OutputOf(*made_by);
    options.facts = declared.facts;
    const auto bound = managers_.find(declared.io_manager_key);
    if (bound != managers_.end()) options.io_manager = bound->second.manager;
  }
  return options_.instance->LoadValue(key, options);
}

/// Takes an output from the function (or what it returned) and stores it. Where storing
/// fails and may be tried again, the function goes on, and the next attempt stores what
/// is left without it.
Status Executor::Yield(size_t step, const std::string& name, Value value) {
  const auto& declared = DefinitionOf(step).spec.outputs;
  const auto found = std::ranges::find(declared, name, &StepOutput::name);
  if (found == declared.end()) {
    std::vector<std::string> names;
    for (const StepOutput& output : declared) names.push_back(output.name);
    return Invalid("{} has no output '{}'{}; it has: {}", Describe(step), name,
                   DidYouMean(name, names), fmt::join(names, ", "));
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
  if (has_value) ENTREPOT_RETURN_IF_ERROR(HandOut(step, index, *context));
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
  ENTREPOT_RETURN_IF_ERROR(bound.manager->HandleOutput(context, output.to_store));
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
