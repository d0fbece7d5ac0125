#pragma once

/// \file entrepot/execution/asset.h
/// How assets are defined in C++.
///
///   ep::Asset("worst_days").Reads("raw/flights").Group("reports").Compute(
///       [](const ep::TablePtr& flights, ep::StepContext& step) -> nlohmann::json { … })
///
///   ep::MultiAsset("split").Reads("raw/flights")
///       .Makes(ep::AssetOut("train")).Makes(ep::AssetOut("test").Optional())
///       .Compute([](const ep::TablePtr& flights, ep::StepContext& step) -> ep::Status {
///         return step.Yield("train", flights);
///       })

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "entrepot/execution/step_definition.h"

namespace entrepot {

/// Builds the definition of a step that makes one asset. Nothing fails here: what is
/// wrong is kept, and told by Definitions::Validate. One thread at a time.
class Asset {
 public:
  /// Takes a key such as "raw/flights".
  explicit Asset(std::string_view key);
  explicit Asset(AssetKey key);

  /// Names the assets whose values the function's parameters get, in their order: keys,
  /// or Inputs.
  template <typename... Keys>
  Asset&& Reads(Keys&&... keys) && {
    (draft_.Read(std::forward<Keys>(keys)), ...);
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

  /// Names resources that must be bound. (Others can be used, too.)
  Asset&& RequiresResources(std::vector<std::string> keys) &&;

  /// Lets runs configure it: the function reads step.config<Options>().
  template <Configurable Options>
  Asset&& Config() && {
    draft_.definition().config = DeclareConfig<Options>();
    return std::move(*this);
  }

  /// Takes the partitions, or the error of having made them.
  Asset&& PartitionedBy(Result<PartitionsPtr> partitions) &&;

  /// Says that something else makes it: its manager loads it for those that read it.
  Asset&& External() &&;

  /// Takes the function (see MakeCompute).
  template <typename F>
  Asset&& Compute(F function) && {
    draft_.definition().compute = MakeCompute(std::move(function));
    return std::move(*this);
  }

  /// Returns the definition.
  ///
  /// Errors: kInvalid  every fault, a line each
  Result<StepDefinition> Build() &&;

 private:
  StepDraft draft_;
  AssetFacts facts_;
};

/// One of the assets that a step makes.
class AssetOut {
 public:
  explicit AssetOut(std::string_view key);

  /// Names the output; by default it is the last part of the key.
  AssetOut&& Named(std::string name) &&;

  /// Lets the step leave it out; then what reads it is skipped.
  AssetOut&& Optional() &&;
  AssetOut&& Group(std::string group) &&;
  AssetOut&& Describe(std::string description) &&;
  AssetOut&& CodeVersion(std::string version) &&;
  AssetOut&& WithMetadata(Metadata metadata) &&;
  AssetOut&& IOManagerKey(std::string key) &&;

 private:
  friend class MultiAsset;
  StepOutput output_;
  AssetFacts facts_;
  std::string fault_;
};

/// Builds the definition of a step that makes several assets, by StepContext::Yield. As
/// Asset; one thread at a time.
class MultiAsset {
 public:
  explicit MultiAsset(std::string name);

  template <typename... Keys>
  MultiAsset&& Reads(Keys&&... keys) && {
    (draft_.Read(std::forward<Keys>(keys)), ...);
    return std::move(*this);
  }
  MultiAsset&& Makes(AssetOut out) &&;
  MultiAsset&& DependsOn(std::string_view key) &&;
  MultiAsset&& Retry(RetryPolicy policy) &&;

  /// Names resources that must be bound. (Others can be used, too.)
  MultiAsset&& RequiresResources(std::vector<std::string> keys) &&;

  /// Lets runs configure it: the function reads step.config<Options>().
  template <Configurable Options>
  MultiAsset&& Config() && {
    draft_.definition().config = DeclareConfig<Options>();
    return std::move(*this);
  }
  MultiAsset&& PartitionedBy(Result<PartitionsPtr> partitions) &&;

  template <typename F>
  MultiAsset&& Compute(F function) && {
    draft_.definition().compute = MakeCompute(std::move(function));
    return std::move(*this);
  }

  /// Errors: kInvalid  every fault, a line each
  Result<StepDefinition> Build() &&;

 private:
  StepDraft draft_;
};

}  // namespace entrepot
