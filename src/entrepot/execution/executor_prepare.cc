// Before the first step: resources are made, and what the run does not make is found.

#include "entrepot/execution/executor_internal.h"
#include "entrepot/execution/manager_calls_internal.h"
#include "entrepot/io/partitions.h"
#include "entrepot/nearest_name.h"
#include "entrepot/user_code.h"

namespace entrepot::internal {

Executor::Executor(const Definitions& definitions,
                   const std::vector<StepDefinition>& steps, const StepGraph& graph,
                   Plan plan, MaterializeOptions options, std::string run_id)
    : definitions_(definitions),
      steps_(steps),
      graph_(graph),
      plan_(std::move(plan)),
      options_(std::move(options)),
      run_id_(std::move(run_id)),
      log_(options_.instance->log()),
      run_resources_(std::make_shared<RunResources>(
          definitions.resources(), *options_.instance, run_id_,
          std::make_shared<EventStepLog>(log_, run_id_, "", options_.on_log))),
      resources_(std::make_shared<Resources>()) {
  states_.reserve(plan_.steps.size());
  for (const PlannedStep& step : plan_.steps) states_.emplace_back(step);
}

Executor::StepState::StepState(const PlannedStep& step)
    : waits_for(static_cast<int>(step.after.size())),
      outcome{.step_key = step.step_key, .partition = step.partition} {
  for (const PlannedOutput& output : step.outputs) {
    outputs.emplace_back().readers_left = output.num_readers;
    outcome.outputs.push_back(
        {.name = output.name, .key = output.key, .partition = step.partition});
  }
}

Result<const BoundManager*> Executor::ManagerFor(const std::string& key) {
  if (const auto found = managers_.find(key); found != managers_.end())
    return &found->second;
  ENTREPOT_ASSIGN_OR_RETURN(const auto manager, run_resources_->MakeIOManager(key));
  ENTREPOT_ASSIGN_OR_RETURN(const auto info, InfoOf(*manager, key));
  BoundManager bound{.manager = manager,
                     .record = options_.instance->RecordOf(key, info),
                     .config = run_resources_->ConfigOf(key),
                     .is_lossless = info && info->is_lossless,
                     .is_volatile = info && info->is_volatile,
                     .ends_with_run = run_resources_->EndsWithRun(key)};
  return &managers_.emplace(key, std::move(bound)).first->second;
}

/// Whether the run makes what an input reads, of a partitioned asset that partition.
bool Executor::Makes(const PlannedInput& input,
                     const std::optional<std::string>& partition) const {
  return !input.makers.empty() &&
         plan_.steps[input.makers.front().step].partition == partition;
}

/// Finds what the log and the definitions know of an asset (partition) that the run does
/// not make, and the manager that the definitions say, else the one that stored it.
Result<Executor::Source> Executor::FindExternal(
    const AssetKey& key, const std::optional<std::string>& partition) {
  const auto made_by = graph_.Find(key);
  const StepOutput* declared = made_by ? &graph_.OutputOf(*made_by) : nullptr;
  const auto partitions =
      made_by ? graph_.nodes()[made_by->node].spec.partitions : nullptr;
  const std::string manager_key =
      declared != nullptr ? declared->io_manager_key : kDefaultIOManagerKey;
  Source source;
  ENTREPOT_ASSIGN_OR_RETURN(const auto latest, log_.Latest(key, partition));
  // As if the run made it: a manager is told the same whether or not it is selected.
  OutputContext::Fields known{
      .step_key = key.ToUserString(),
      .job_name = options_.job_name,
      .asset_key = key,
      .partition = partition,
      .run_partition = options_.partition,
      .partitions = partitions,
      .log = std::make_shared<EventStepLog>(log_, run_id_, "", options_.on_log),
      .resources = resources_};
  if (declared != nullptr) {
    known.name = declared->name;
    known.io_manager_key = manager_key;
    known.asset = declared->facts;
  } else if (latest) {
    known.io_manager_key = latest->io_manager.key;
  }
  if (latest) {
    source.materialization = MakeEventIdRef(latest->id);
    source.has_value = !latest->io_manager.key.empty();
  }
  const auto describe = [&] {
    known.resource_config = run_resources_->ConfigOf(known.io_manager_key);
    source.output = latest ? OutputContextOf(*latest, std::move(known))
                           : std::make_shared<const OutputContext>(std::move(known));
  };
  if (!source.has_value) {
    describe();
    if (partition) {
      source.missing =
          NotFound("{} was materialized without a value", source.output->Describe());
    }
    return source;
  }
  if (latest && declared == nullptr) {
    describe();
    auto manager = options_.instance->ManagerOf(*latest);
    if (!manager && manager.error().code() != ErrorCode::kNotFound)
      return manager.error();
    if (manager)
      source.manager = *std::move(manager);
    else
      source.missing = manager.error();
    return source;
  }
  ENTREPOT_ASSIGN_OR_RETURN(const BoundManager* bound, ManagerFor(manager_key));
  source.manager = bound->manager;
  describe();  // Now that the manager is made, its configuration is known.
  if (latest) return source;
  ENTREPOT_ASSIGN_OR_RETURN(
      const bool has, CallUserCode([&] { return bound->manager->Has(*source.output); }));
  if (!has) source.missing = NeverMade(*source.output, declared != nullptr);
  return source;
}

Error Executor::NeverMade(const OutputContext& output, bool is_defined) const {
  const auto never = [&](std::string_view who, std::string_view what_to_do) {
    return NotFound("{}, which {}, was never materialized in {}{}", output.Describe(),
                    who, options_.instance->Describe(), what_to_do);
  };
  if (is_defined) {
    return never("this run does not make",
                 output.partition() ? "; make that partition first"
                                    : "; select it too ('+name' selects all upstream)");
  }
  const std::vector<std::string> defined = graph_.KeyNames();
  const std::string name = output.asset_key()->ToUserString();
  return never("no definition makes", NearestNames(name, defined).empty()
                                          ? "; store it first"
                                          : DidYouMean(name, defined));
}

/// Finds what an input reads that the run does not make, and what loads it.
Status Executor::PrepareInput(size_t step, size_t index) {
  const PlannedInput& input = plan_.steps[step].inputs[index];
  const StepInput& declared = DefinitionOf(step).spec.inputs[index];
  const bool has_manager = !declared.input_manager_key.empty();
  if (has_manager) {
    auto& managers = states_[step].input_managers;
    managers.resize(plan_.steps[step].inputs.size());
    ENTREPOT_ASSIGN_OR_RETURN(
        managers[index], run_resources_->MakeInputManager(declared.input_manager_key));
  }
  if (!input.key) {
    if (has_manager || !input.makers.empty() || declared.is_list ||
        DefinitionOf(step).given.contains(index)) {
      return {};
    }
    return Invalid("nothing gives its value: no step's output, no input manager");
  }
  std::vector<std::optional<std::string>> read = {std::nullopt};
  if (input.partitions) read.assign(input.partitions->begin(), input.partitions->end());
  for (const auto& partition : read) {
    if (Makes(input, partition)) continue;
    auto at = externals_.find({*input.key, partition});
    if (at == externals_.end()) {
      ENTREPOT_ASSIGN_OR_RETURN(Source source, FindExternal(*input.key, partition));
      at = externals_.emplace(std::pair(*input.key, partition), std::move(source)).first;
    }
    const bool may_be_missing =
        has_manager || (partition && AllowsMissingPartitions(declared.metadata));
    if (at->second.missing && !may_be_missing) return *at->second.missing;
  }
  return {};
}

/// Checks the configuration of the whole run, and reads what steps and resources get.
Status Executor::Configure() {
  const bool is_given = options_.config.given.is_given();
  ENTREPOT_ASSIGN_OR_RETURN(auto declared,
                            DeclaredBy(steps_, definitions_.resources(),
                                       is_given ? Taking::kAny : Taking::kAlways));
  if (declared.empty() && !is_given) return {};
  ENTREPOT_ASSIGN_OR_RETURN(const auto used,
                            UsedByRun(plan_, graph_, steps_, definitions_.resources()));
  ENTREPOT_ASSIGN_OR_RETURN(
      auto config, CheckedConfig::Make(std::move(declared), options_.config, used));
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    const StepDefinition& step = DefinitionOf(i);
    if (!step.config) continue;
    ENTREPOT_ASSIGN_OR_RETURN(states_[i].config, config.Of(step.spec.key, step.config));
  }
  run_resources_->UseConfig(std::move(config));
  return {};
}

Status Executor::Prepare() {
  ENTREPOT_RETURN_IF_ERROR(Configure());
  ENTREPOT_RETURN_IF_ERROR(run_resources_->MakeNonManagers());
  *resources_ = run_resources_->All();
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    const PlannedStep& step = plan_.steps[i];
    const StepSpec& spec = DefinitionOf(i).spec;
    ENTREPOT_RETURN_IF_ERROR(
        run_resources_->Make(DefinitionOf(i).required_resource_keys));
    for (size_t output = 0; output < spec.outputs.size(); ++output) {
      ENTREPOT_ASSIGN_OR_RETURN(states_[i].outputs[output].manager,
                                ManagerFor(spec.outputs[output].io_manager_key));
    }
    for (size_t input = 0; input < step.inputs.size(); ++input) {
      const Status prepared = PrepareInput(i, input);
      if (!prepared) {
        return prepared.error().While(fmt::format(
            "preparing input '{}' of step '{}'", step.inputs[input].name, step.step_key));
      }
    }
  }
  // Now that what the run needs is made; contexts that have the resources see it.
  *resources_ = run_resources_->All();
  return {};
}

}  // namespace entrepot::internal
