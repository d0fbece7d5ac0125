#include "entrepot/execution/asset.h"

namespace entrepot {
namespace {

void TakePartitions(StepDraft& draft, Result<PartitionsPtr> partitions) {
  if (partitions) {
    draft.spec().partitions = *std::move(partitions);
  } else {
    draft.AddFault(fmt::format("{}: {}", draft.what(), partitions.error().ToString()));
  }
}

}  // namespace

Asset::Asset(std::string_view key) : draft_(fmt::format("asset '{}'", key)) {
  auto parsed = AssetKey::Parse(key);
  draft_.spec().key = key;
  if (parsed) {
    draft_.spec().outputs.front().key = *std::move(parsed);
  } else {
    draft_.AddFault(parsed.error().ToString());
  }
}

Asset::Asset(AssetKey key) : draft_(fmt::format("asset '{}'", key.ToUserString())) {
  draft_.spec().key = key.ToUserString();
  draft_.spec().outputs.front().key = std::move(key);
}

Asset&& Asset::DependsOn(std::string_view key) && {
  draft_.DependOn(key);
  return std::move(*this);
}

Asset&& Asset::Group(std::string group) && {
  facts_.group = std::move(group);
  return std::move(*this);
}

Asset&& Asset::Describe(std::string description) && {
  facts_.description = std::move(description);
  return std::move(*this);
}

Asset&& Asset::CodeVersion(std::string version) && {
  facts_.code_version = std::move(version);
  return std::move(*this);
}

Asset&& Asset::WithMetadata(Metadata metadata) && {
  facts_.metadata = std::move(metadata);
  return std::move(*this);
}

Asset&& Asset::IOManagerKey(std::string key) && {
  draft_.spec().outputs.front().io_manager_key = std::move(key);
  return std::move(*this);
}

Asset&& Asset::Retry(RetryPolicy policy) && {
  draft_.definition().retry_policy = policy;
  return std::move(*this);
}

Asset&& Asset::RequiresResources(std::vector<std::string> keys) && {
  draft_.definition().required_resource_keys = std::move(keys);
  return std::move(*this);
}

Asset&& Asset::PartitionedBy(Result<PartitionsPtr> partitions) && {
  TakePartitions(draft_, std::move(partitions));
  return std::move(*this);
}

Asset&& Asset::External() && {
  draft_.spec().is_external = true;
  return std::move(*this);
}

Result<StepDefinition> Asset::Build() && {
  draft_.spec().outputs.front().facts =
      std::make_shared<const AssetFacts>(std::move(facts_));
  return std::move(draft_).Build();
}

AssetOut::AssetOut(std::string_view key) {
  auto parsed = AssetKey::Parse(key);
  if (!parsed) {
    fault_ = parsed.error().ToString();
    return;
  }
  output_.name = parsed->name();
  output_.key = *std::move(parsed);
}

AssetOut&& AssetOut::Named(std::string name) && {
  output_.name = std::move(name);
  return std::move(*this);
}

AssetOut&& AssetOut::Optional() && {
  output_.is_required = false;
  return std::move(*this);
}

AssetOut&& AssetOut::Group(std::string group) && {
  facts_.group = std::move(group);
  return std::move(*this);
}

AssetOut&& AssetOut::Describe(std::string description) && {
  facts_.description = std::move(description);
  return std::move(*this);
}

AssetOut&& AssetOut::CodeVersion(std::string version) && {
  facts_.code_version = std::move(version);
  return std::move(*this);
}

AssetOut&& AssetOut::WithMetadata(Metadata metadata) && {
  facts_.metadata = std::move(metadata);
  return std::move(*this);
}

AssetOut&& AssetOut::IOManagerKey(std::string key) && {
  output_.io_manager_key = std::move(key);
  return std::move(*this);
}

MultiAsset::MultiAsset(std::string name) : draft_(fmt::format("step '{}'", name)) {
  draft_.spec().key = std::move(name);
  draft_.spec().outputs.clear();
}

MultiAsset&& MultiAsset::Makes(AssetOut out) && {
  if (!out.fault_.empty()) {
    draft_.AddFault(fmt::format("{} makes: {}", draft_.what(), out.fault_));
  } else {
    out.output_.facts = std::make_shared<const AssetFacts>(std::move(out.facts_));
    draft_.spec().outputs.push_back(std::move(out.output_));
  }
  return std::move(*this);
}

MultiAsset&& MultiAsset::DependsOn(std::string_view key) && {
  draft_.DependOn(key);
  return std::move(*this);
}

MultiAsset&& MultiAsset::Retry(RetryPolicy policy) && {
  draft_.definition().retry_policy = policy;
  return std::move(*this);
}

MultiAsset&& MultiAsset::RequiresResources(std::vector<std::string> keys) && {
  draft_.definition().required_resource_keys = std::move(keys);
  return std::move(*this);
}

MultiAsset&& MultiAsset::PartitionedBy(Result<PartitionsPtr> partitions) && {
  TakePartitions(draft_, std::move(partitions));
  return std::move(*this);
}

Result<StepDefinition> MultiAsset::Build() && {
  if (draft_.spec().outputs.empty())
    draft_.AddFault(fmt::format("{} makes no asset", draft_.what()));
  return std::move(draft_).Build();
}

}  // namespace entrepot
