#pragma once

/// \file entrepot/execution/asset_value_loader.h
/// Values that were stored, loaded as a run of their definitions would load them.

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "entrepot/execution/definitions.h"
#include "entrepot/execution/instance.h"
#include "entrepot/execution/run_config.h"

namespace entrepot {

namespace internal {
class RunResources;
}

/// Loads values that an instance has materialized, outside of runs.
///
/// An asset of the definitions is loaded by the manager that they bind for it, which is
/// told of the asset and of the resources as in a run; what makes resources per run makes
/// them once per loader here, when the first load needs them. Every other asset is loaded
/// by the manager that stored it. Safe for concurrent use.
class AssetValueLoader {
 public:
  /// Without definitions: as the instance alone loads. `config` is what the resources
  /// are configured by, as of a run; what is wrong with it is told by the first load.
  explicit AssetValueLoader(std::shared_ptr<Instance> instance,
                            Definitions definitions = {}, RunConfig config = {});

  /// Tears down the resources that are left; what fails then is told by the log alone.
  ~AssetValueLoader();

  /// Loads the last value of an asset. What `options` set wins over the definitions.
  ///
  /// Errors: those of Instance::Load, and of making a resource
  template <typename T>
  Result<T> Load(std::string_view key, LoadOptions options = {}) const {
    ENTREPOT_ASSIGN_OR_RETURN(const AssetKey parsed, AssetKey::Parse(key));
    ENTREPOT_ASSIGN_OR_RETURN(options, Complete(parsed, std::move(options)));
    return instance_->Load<T>(key, std::move(options));
  }
  Result<Value> LoadValue(const AssetKey& key, LoadOptions options = {}) const;

  /// Loads the last values of several assets, several at a time, all by `options`;
  /// returns them in the order of the keys.
  ///
  /// Errors: those of the first key whose value cannot be loaded
  Result<std::vector<Value>> LoadValues(std::span<const AssetKey> keys,
                                        const LoadOptions& options = {}) const;

  /// Makes all resources that the definitions bind, for who loads or stores without a
  /// run. They are of no use after Close.
  ///
  /// Errors: that making one failed, and of which
  Result<std::shared_ptr<Resources>> MakeResources() const;

  /// Tears down the resources that were made; nothing can be loaded with them any more.
  ///
  /// Errors: the first teardown that fails
  Status Close() const;

  const std::shared_ptr<Instance>& instance() const { return instance_; }

 private:
  Status CheckConfig() const;
  Result<LoadOptions> Complete(const AssetKey& key, LoadOptions options) const;

  const std::shared_ptr<Instance> instance_;
  const Definitions definitions_;
  const RunConfig config_;
  // Held while resources are made: other loads wait for the same ones.
  mutable std::mutex mutex_;
  mutable bool is_configured_ = false;  // Under mutex_.
  const std::shared_ptr<internal::RunResources> resources_;
};

}  // namespace entrepot
