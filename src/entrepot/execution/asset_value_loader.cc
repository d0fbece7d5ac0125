#include "entrepot/execution/asset_value_loader.h"

#include <algorithm>

#include "entrepot/execution/event_step_log_internal.h"
#include "entrepot/execution/run_resources_internal.h"

namespace entrepot {
namespace {

/// Returns the output that makes an asset, or null.
const StepOutput* FindAsset(const Definitions& definitions, const AssetKey& key) {
  for (const StepDefinition& step : definitions.steps()) {
    const auto found = std::ranges::find(step.spec.outputs, key, &StepOutput::key);
    if (found != step.spec.outputs.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

AssetValueLoader::AssetValueLoader(std::shared_ptr<Instance> instance,
                                   Definitions definitions)
    : instance_(std::move(instance)),
      definitions_(std::move(definitions)),
      resources_(std::make_unique<internal::RunResources>(
          definitions_.resources(), *instance_, kNoRun,
          std::make_shared<internal::EventStepLog>(instance_->log(), kNoRun, ""))) {}

AssetValueLoader::~AssetValueLoader() = default;

Status AssetValueLoader::Close() const {
  const std::lock_guard lock(mutex_);
  return resources_->TearDown();
}

Result<Value> AssetValueLoader::LoadValue(const AssetKey& key,
                                          LoadOptions options) const {
  ENTREPOT_ASSIGN_OR_RETURN(options, Complete(key, std::move(options)));
  return instance_->LoadValue(key, options);
}

/// Adds what the definitions say to what the caller did not set.
Result<LoadOptions> AssetValueLoader::Complete(const AssetKey& key,
                                               LoadOptions options) const {
  const std::lock_guard lock(mutex_);
  ENTREPOT_RETURN_IF_ERROR(resources_->MakeNonManagers());
  if (const StepOutput* asset = FindAsset(definitions_, key)) {
    if (!options.facts) options.facts = asset->facts;
    if (!options.io_manager) {
      ENTREPOT_ASSIGN_OR_RETURN(options.io_manager, ManagerFor(asset->io_manager_key));
    }
  }
  if (!options.resources)
    options.resources = std::make_shared<const Resources>(resources_->made());
  return options;
}

/// Returns the manager bound to `key`; null for one that knows no more than the instance:
/// the default, or one in memory, which has what it has only in its own run.
Result<std::shared_ptr<IOManager>> AssetValueLoader::ManagerFor(
    const std::string& key) const {
  if (!definitions_.resources().contains(key)) return nullptr;
  ENTREPOT_ASSIGN_OR_RETURN(auto manager, resources_->MakeIOManager(key));
  const auto info = manager->Info();
  if (info && info->is_volatile) return nullptr;
  return manager;
}

}  // namespace entrepot
