// The inputs of a step: handed over in memory, or loaded.

#include "entrepot/execution/executor_internal.h"
#include "entrepot/user_code.h"

namespace entrepot::internal {

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
  // An input's own manager is asked also for what was made without a value.
  const bool has_value = sources.empty() ? !input.partitions
                                         : sources.front()->has_value ||
                                               InputManagerOf(step, index) != nullptr;
  if (!handed_over && has_value) {
    ENTREPOT_ASSIGN_OR_RETURN(value, LoadFrom(sources, step, index));
  }
  AddReads(step, index, sources, value, handed_over, stopwatch.seconds());
  if (!input.partitions) return value;
  const bool by_key = DefinitionOf(step).compute.inputs[index].as_partitions;
  if (by_key && sources.size() == 1 && value.kind() != ValueKind::kMap)
    return Value::Map({{*sources.front()->output->partition(), std::move(value)}});
  // All of several are missing.
  if (sources.empty() && input.partitions->size() > 1) return Value::Map({});
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
       .stop = stop_.get_token(),
       .request = {.as_stream = definition.compute.inputs[index].as_stream,
                   .by_key = planned.partitions && planned.partitions->size() > 1}});
  InputManager* manager = InputManagerOf(step, index);
  if (manager == nullptr) manager = sources.front()->manager.get();
  return CallUserCode([&] { return manager->LoadInput(context); });
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
  if (!key.empty()) return run_resources_->ConfigOf(key);
  if (sources.empty()) return nullptr;
  return run_resources_->ConfigOf(sources.front()->output->io_manager_key());
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
    const auto bound = managers_.find(declared.io_manager_key);
    if (bound != managers_.end()) options.io_manager = bound->second.manager;
    ENTREPOT_RETURN_IF_ERROR(run_resources_->AddDeclared(
        graph_.nodes()[made_by->node].spec, declared, options));
  }
  return options_.instance->LoadValue(key, options);
}

}  // namespace entrepot::internal
