#pragma once

/// \file entrepot/execution/step_definition.h
/// A step as a run needs it, and what the builders of assets and ops share.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "entrepot/config/declared_config.h"
#include "entrepot/execution/compute.h"
#include "entrepot/execution/retry_policy.h"
#include "entrepot/graph/step_graph.h"

namespace entrepot {

/// A step with everything that a run needs of it. Plain data.
struct StepDefinition {
  StepSpec spec{};
  Compute compute{};
  RetryPolicy retry_policy{};
  std::shared_ptr<const void> host{};  ///< As StepContext::Fields::host.

  /// Values of inputs that nothing makes, by their place among the inputs.
  std::map<size_t, Value> given{};

  std::vector<std::string> required_resource_keys{};
  std::shared_ptr<const DeclaredConfig> config{};  ///< Null: it takes none.
};

/// What a parameter reads, where more is to be said than its key.
///
///   ep::Asset("trend").Reads(ep::Input("daily").Mapped(ep::AllPartitionMapping{}))
class Input {
 public:
  explicit Input(std::string_view key);
  explicit Input(const AssetKey& key);

  Input&& WithMetadata(Metadata metadata) &&;

  /// Says which partitions of the asset are read.
  Input&& Mapped(PartitionMapping mapping) &&;

  /// Lets partitions be missing: they are left out.
  Input&& AllowMissingPartitions() &&;

  /// Names the input manager that loads it, also where a step of the run makes it.
  Input&& LoadedBy(std::string input_manager_key) &&;

 private:
  friend class StepDraft;
  StepInput input_;
  std::string fault_;
};

/// A step in the making: collects what is said of it, and what is wrong. For the builders
/// below. One thread at a time.
class StepDraft {
 public:
  /// `what` names it in messages: "asset 'a/b'".
  explicit StepDraft(std::string what) : what_(std::move(what)) {}

  void Read(Input input);
  void Read(std::string_view key) { Read(Input(key)); }
  void Read(const AssetKey& key) { Read(Input(key)); }
  void DependOn(std::string_view key);
  void AddFault(std::string fault) { faults_.push_back(std::move(fault)); }

  StepSpec& spec() { return definition_.spec; }
  StepDefinition& definition() { return definition_; }
  const std::string& what() const { return what_; }

  /// Errors: kInvalid  every fault, a line each
  Result<StepDefinition> Build() &&;

 private:
  std::string what_;
  StepDefinition definition_;
  std::vector<std::string> faults_;
};

}  // namespace entrepot
