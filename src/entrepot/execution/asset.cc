#include "entrepot/execution/asset.h"

namespace entrepot {

Asset::Asset(std::string_view key) : name_(key) {
  auto parsed = AssetKey::Parse(key);
  if (parsed) {
    key_ = *std::move(parsed);
  } else {
    faults_.push_back(parsed.error().ToString());
  }
}

Asset::Asset(AssetKey key) : name_(key.ToUserString()), key_(std::move(key)) {}

void Asset::AddInput(std::string_view key) {
  auto parsed = AssetKey::Parse(key);
  if (parsed) {
    AddInput(*parsed);
  } else {
    faults_.push_back(
        fmt::format("asset '{}' reads: {}", name_, parsed.error().ToString()));
  }
}

void Asset::AddInput(const AssetKey& key) {
  inputs_.push_back({.name = key.name(), .key = key, .is_exact = key.path().size() > 1});
}

Asset&& Asset::DependsOn(std::string_view key) && {
  auto parsed = AssetKey::Parse(key);
  if (parsed) {
    deps_.push_back(*std::move(parsed));
  } else {
    faults_.push_back(
        fmt::format("asset '{}' depends on: {}", name_, parsed.error().ToString()));
  }
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
  io_manager_key_ = std::move(key);
  return std::move(*this);
}

Asset&& Asset::Retry(RetryPolicy policy) && {
  retry_policy_ = policy;
  return std::move(*this);
}

Result<AssetDefinition> Asset::Build() && {
  if (!compute_.function) {
    faults_.push_back(fmt::format("asset '{}' has no compute function", name_));
  } else if (faults_.empty() && compute_.wants_stream.size() != inputs_.size()) {
    faults_.push_back(
        fmt::format("asset '{}' reads {} assets, but its function takes {} inputs", name_,
                    inputs_.size(), compute_.wants_stream.size()));
  }
  if (!faults_.empty()) return Invalid("{}", fmt::join(faults_, "\n"));
  return AssetDefinition{
      .spec = {.key = *std::move(key_),
               .inputs = std::move(inputs_),
               .deps = std::move(deps_),
               .io_manager_key = std::move(io_manager_key_),
               .facts = std::make_shared<const AssetFacts>(std::move(facts_))},
      .compute = std::move(compute_),
      .retry_policy = retry_policy_};
}

}  // namespace entrepot
