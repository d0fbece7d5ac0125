#include "entrepot/execution/asset_value_loader.h"

#include <algorithm>

namespace entrepot {

AssetValueLoader::AssetValueLoader(std::shared_ptr<Instance> instance,
                                   Definitions definitions)
    : instance_(std::move(instance)), definitions_(std::move(definitions)) {}

Result<Value> AssetValueLoader::LoadValue(const AssetKey& key,
                                          LoadOptions options) const {
  ENTREPOT_ASSIGN_OR_RETURN(options, Complete(key, std::move(options)));
  return instance_->LoadValue(key, options);
}

/// Adds what the definitions say to what the caller did not set.
Result<LoadOptions> AssetValueLoader::Complete(const AssetKey& key,
                                               LoadOptions options) const {
  std::map<std::string, std::any> resources = definitions_.resources();
  const auto asset =
      std::ranges::find(definitions_.assets(), key,
                        [](const AssetDefinition& defined) { return defined.spec.key; });
  if (asset != definitions_.assets().end()) {
    if (!options.facts) options.facts = asset->spec.facts;
    const std::string& manager_key = asset->spec.io_manager_key;
    ENTREPOT_ASSIGN_OR_RETURN(const auto manager, ManagerFor(manager_key));
    if (manager) resources[manager_key] = manager;
    if (!options.io_manager) options.io_manager = manager;
  }
  if (!options.resources)
    options.resources = std::make_shared<const Resources>(std::move(resources));
  return options;
}

/// Returns the manager bound to `key`; null for one that knows no more than the instance:
/// the default, or one in memory, which has what it has only in its own run.
Result<std::shared_ptr<IOManager>> AssetValueLoader::ManagerFor(
    const std::string& key) const {
  const auto binding = definitions_.io_managers().find(key);
  if (binding == definitions_.io_managers().end()) return nullptr;
  std::shared_ptr<IOManager> manager;
  {
    const std::lock_guard lock(mutex_);
    if (const auto kept = kept_.find(key); kept != kept_.end()) manager = kept->second;
  }
  if (!manager) {
    ENTREPOT_ASSIGN_OR_RETURN(
        auto made,
        binding->second.ManagerFor({.instance = *instance_, .key = key, .run_id = ""}));
    const std::lock_guard lock(mutex_);
    manager = kept_.try_emplace(key, std::move(made)).first->second;
  }
  const auto info = manager->Info();
  return info && info->is_volatile ? nullptr : manager;
}

}  // namespace entrepot
