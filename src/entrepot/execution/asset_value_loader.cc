#include "entrepot/execution/asset_value_loader.h"

#include <algorithm>
#include <optional>

#include "entrepot/execution/event_step_log_internal.h"
#include "entrepot/execution/run_resources_internal.h"
#include "entrepot/for_each_concurrently.h"
#include "entrepot/user_code.h"

namespace entrepot {
namespace {

/// An asset, and the step that makes it.
struct Declared {
  const StepSpec* step = nullptr;
  const StepOutput* output = nullptr;
};

/// Returns what makes an asset; nullopt where nothing does.
std::optional<Declared> FindAsset(const Definitions& definitions, const AssetKey& key) {
  for (const StepDefinition& step : definitions.steps()) {
    const auto found = std::ranges::find(step.spec.outputs, key, &StepOutput::key);
    if (found != step.spec.outputs.end()) return Declared{&step.spec, &*found};
  }
  return std::nullopt;
}

}  // namespace

AssetValueLoader::AssetValueLoader(std::shared_ptr<Instance> instance,
                                   Definitions definitions, RunConfig config)
    : instance_(std::move(instance)),
      definitions_(std::move(definitions)),
      config_(std::move(config)),
      resources_(std::make_shared<internal::RunResources>(
          definitions_.resources(), *instance_, kNoRun,
          std::make_shared<internal::EventStepLog>(instance_->log(), kNoRun, ""))) {}

AssetValueLoader::~AssetValueLoader() { (void)Close(); }

Status AssetValueLoader::Close() const { return resources_->TearDown(); }

Result<std::shared_ptr<Resources>> AssetValueLoader::MakeResources() const {
  const std::lock_guard lock(mutex_);
  ENTREPOT_RETURN_IF_ERROR(CheckConfig());
  ENTREPOT_RETURN_IF_ERROR(resources_->MakeNonManagers());
  for (const auto& [key, binding] : definitions_.resources()) {
    if (binding.kind != ResourceKind::kOther)
      ENTREPOT_RETURN_IF_ERROR(resources_->MakeInputManager(key));
  }
  return std::make_shared<Resources>(resources_->All());
}

Result<Value> AssetValueLoader::LoadValue(const AssetKey& key,
                                          LoadOptions options) const {
  ENTREPOT_ASSIGN_OR_RETURN(options, Complete(key, std::move(options)));
  return instance_->LoadValue(key, options);
}

Result<std::vector<Value>> AssetValueLoader::LoadValues(
    std::span<const AssetKey> keys, const LoadOptions& options) const {
  constexpr size_t kAtOnce = 8;  // Most of a load may be waiting for its store.
  std::vector<std::optional<Result<Value>>> loaded(keys.size());
  ForEachConcurrently(keys.size(), kAtOnce, [&](size_t i) {
    loaded[i] = CallUserCode([&] { return LoadValue(keys[i], options); });
  });
  std::vector<Value> values;
  for (auto& each : loaded) {
    if (!*each) return each->error();
    values.push_back(**std::move(each));
  }
  return values;
}

/// Gives the resources their configuration, once.
Status AssetValueLoader::CheckConfig() const {
  if (is_configured_) return {};
  ENTREPOT_ASSIGN_OR_RETURN(
      auto declared, internal::DeclaredBy(definitions_.steps(), definitions_.resources(),
                                          internal::Taking::kAny));
  ENTREPOT_ASSIGN_OR_RETURN(
      auto checked, internal::CheckedConfig::Make(std::move(declared), config_, {}));
  resources_->UseConfig(std::move(checked));
  is_configured_ = true;
  return {};
}

/// Adds what the definitions say to what the caller did not set.
Result<LoadOptions> AssetValueLoader::Complete(const AssetKey& key,
                                               LoadOptions options) const {
  const std::lock_guard lock(mutex_);
  ENTREPOT_RETURN_IF_ERROR(CheckConfig());
  ENTREPOT_RETURN_IF_ERROR(resources_->MakeNonManagers());
  if (const auto asset = FindAsset(definitions_, key)) {
    ENTREPOT_RETURN_IF_ERROR(
        resources_->AddDeclared(*asset->step, *asset->output, options));
  }
  if (!options.resources)
    options.resources = std::make_shared<const Resources>(resources_->All());
  return options;
}

}  // namespace entrepot
