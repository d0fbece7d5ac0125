// Before the first step: managers are made, and what the run does not make is found.

#include "entrepot/execution/executor_internal.h"

namespace entrepot::internal {

Executor::Executor(const Definitions& definitions, const AssetGraph& graph, Plan plan,
                   MaterializeOptions options, std::string run_id)
    : definitions_(definitions),
      graph_(graph),
      plan_(std::move(plan)),
      options_(std::move(options)),
      run_id_(std::move(run_id)),
      log_(options_.instance->log()),
      resources_(std::make_shared<Resources>(definitions.resources())) {
  states_.reserve(plan_.steps.size());
  for (const PlannedStep& step : plan_.steps) states_.emplace_back(step);
}

Executor::StepState::StepState(const PlannedStep& step)
    : waits_for(static_cast<int>(step.after.size())),
      readers_left(step.num_readers),
      outcome{.step_key = step.step_key, .key = step.key, .partition = step.partition} {}

Result<const BoundManager*> Executor::ManagerFor(const std::string& key) {
  if (const auto found = managers_.find(key); found != managers_.end())
    return &found->second;
  std::shared_ptr<IOManager> manager;
  const auto binding = definitions_.io_managers().find(key);
  if (binding == definitions_.io_managers().end()) {
    ENTREPOT_ASSIGN_OR_RETURN(manager, options_.instance->DefaultIOManager());
  } else {
    ENTREPOT_ASSIGN_OR_RETURN(
        manager, binding->second.ManagerFor({*options_.instance, key, run_id_}));
  }
  const auto info = manager->Info();
  BoundManager bound{.manager = manager,
                     .record = options_.instance->RecordOf(key, *manager),
                     .is_lossless = info && info->is_lossless,
                     .is_volatile = info && info->is_volatile};
  return &managers_.emplace(key, std::move(bound)).first->second;
}

/// Finds where an input that the run does not make is: what the log knows of it, and the
/// manager that the definitions say, else the one that stored it.
Result<Executor::Source> Executor::FindExternal(const PlannedInput& input) {
  const auto node = graph_.Find(input.key);
  const auto facts = node ? graph_.nodes()[*node].spec.facts : nullptr;
  const std::string manager_key =
      node ? graph_.nodes()[*node].spec.io_manager_key : "io_manager";
  ENTREPOT_ASSIGN_OR_RETURN(const auto latest, log_.Latest(input.key, input.partition));
  if (latest) {
    Source source{.manager = nullptr,
                  .output = OutputContextOf(*latest, facts, resources_),
                  .materialization = MakeEventIdRef(latest->id),
                  .has_value = !latest->io_manager.key.empty()};
    if (!source.has_value) return source;
    if (node) {
      ENTREPOT_ASSIGN_OR_RETURN(const BoundManager* bound, ManagerFor(manager_key));
      source.manager = bound->manager;
    } else {
      ENTREPOT_ASSIGN_OR_RETURN(source.manager, options_.instance->ManagerOf(*latest));
    }
    return source;
  }
  ENTREPOT_ASSIGN_OR_RETURN(const BoundManager* bound, ManagerFor(manager_key));
  auto output = std::make_shared<const OutputContext>(
      OutputContext::Fields{.step_key = input.key.ToUserString(),
                            .asset_key = input.key,
                            .partition = input.partition,
                            .version = "",
                            .io_manager_key = manager_key,
                            .asset = facts,
                            .resources = resources_});
  ENTREPOT_ASSIGN_OR_RETURN(const bool has, bound->manager->Has(*output));
  if (has) return Source{bound->manager, std::move(output), nullptr, true};
  return NotFound(
      "input '{}' is asset '{}', which {} and was never materialized in {}; {}",
      input.name, input.key.ToUserString(),
      node ? "this run does not make" : "no definition makes",
      options_.instance->Describe(),
      node ? "select it too ('+name' selects all upstream)" : "store it first");
}

Status Executor::Prepare() {
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    const PlannedStep& step = plan_.steps[i];
    ENTREPOT_ASSIGN_OR_RETURN(states_[i].manager,
                              ManagerFor(DefinitionOf(i).spec.io_manager_key));
    for (const PlannedInput& input : step.inputs) {
      if (input.step || externals_.contains(input.key)) continue;
      auto source = FindExternal(input);
      if (!source) {
        return source.error().While(fmt::format("preparing step '{}'", step.step_key));
      }
      externals_.emplace(input.key, *std::move(source));
    }
  }
  // Now that all managers are made; contexts that have the resources see it.
  std::map<std::string, std::any> resources = definitions_.resources();
  for (const auto& [key, bound] : managers_) resources[key] = bound.manager;
  *resources_ = Resources(std::move(resources));
  return {};
}

}  // namespace entrepot::internal
