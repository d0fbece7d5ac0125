#pragma once

/// \file entrepot/execution/asset.h
/// How an asset is defined in C++.
///
///   ep::Asset("worst_days").Reads("raw/flights").Group("reports").Compute(
///       [](const ep::TablePtr& flights, ep::StepContext& step) -> nlohmann::json { … })

#include <string>
#include <string_view>
#include <vector>

#include "entrepot/execution/compute.h"
#include "entrepot/execution/retry_policy.h"
#include "entrepot/graph/asset_graph.h"

namespace entrepot {

/// An asset with everything that a run needs of it. Plain data.
struct AssetDefinition {
  AssetSpec spec;
  Compute compute{};
  RetryPolicy retry_policy{};
};

/// Builds an asset definition. Nothing fails here: what is wrong is kept, and told by
/// Definitions::Validate. One thread at a time.
class Asset {
 public:
  /// Takes a key such as "raw/flights".
  explicit Asset(std::string_view key);
  explicit Asset(AssetKey key);

  /// Names the assets whose values the function's parameters get, in their order.
  template <typename... Keys>
  Asset&& Reads(const Keys&... keys) && {
    (AddInput(keys), ...);
    return std::move(*this);
  }

  /// Names an asset that must be there first, without reading it.
  Asset&& DependsOn(std::string_view key) &&;
  Asset&& Group(std::string group) &&;
  Asset&& Describe(std::string description) &&;
  Asset&& CodeVersion(std::string version) &&;
  Asset&& WithMetadata(Metadata metadata) &&;
  Asset&& IOManagerKey(std::string key) &&;
  Asset&& Retry(RetryPolicy policy) &&;

  /// Takes the function (see MakeCompute).
  template <typename F>
  Asset&& Compute(F function) && {
    compute_ = MakeCompute(std::move(function));
    return std::move(*this);
  }

  /// Returns the definition.
  ///
  /// Errors: kInvalid  every fault, a line each
  Result<AssetDefinition> Build() &&;

 private:
  void AddInput(std::string_view key);
  void AddInput(const AssetKey& key);

  std::string name_;  // As given, for messages.
  std::optional<AssetKey> key_;
  std::vector<AssetInput> inputs_;
  std::vector<AssetKey> deps_;
  AssetFacts facts_;
  std::string io_manager_key_ = "io_manager";
  RetryPolicy retry_policy_;
  entrepot::Compute compute_;
  std::vector<std::string> faults_;
};

}  // namespace entrepot
