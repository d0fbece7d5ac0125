#pragma once

/// \file entrepot/graph/step_graph.h
/// Steps, the assets and outputs they make, and what they read from each other. Pure: no
/// I/O.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "entrepot/asset/asset_facts.h"
#include "entrepot/asset/asset_key.h"
#include "entrepot/asset/partition_mapping.h"
#include "entrepot/asset/partitions_definition.h"
#include "entrepot/result.h"

namespace entrepot {

/// A value that a step makes: an asset's, or an op's output without a lasting name. Plain
/// data.
struct StepOutput {
  std::string name = "result";  ///< Among the step's outputs.
  std::optional<AssetKey> key{};
  std::string io_manager_key = "io_manager";
  bool is_required = true;  ///< Else the step may leave it out, and what reads it.
  std::shared_ptr<const AssetFacts> facts = std::make_shared<const AssetFacts>();

  /// "asset 'a/b'", or "output 'x'".
  std::string Describe() const;
};

/// Names an output of another step.
struct OutputName {
  std::string step{};
  std::string output = "result";
};

/// A parameter of a step's function, and where its value comes from: an asset, outputs of
/// other steps, or nothing of the graph. Plain data.
struct StepInput {
  std::string name{};  ///< Of the parameter.

  std::optional<AssetKey> key{};  ///< As written; resolved by the graph.
  bool is_exact = true;           ///< False: the name alone was given, so an asset of the
                                  ///< same group whose key ends in it will do.

  std::vector<OutputName> outputs{};  ///< Where it is no asset.
  bool is_list = false;               ///< Takes all `outputs` as a list, even if one.

  /// What loads it; "": the manager that stores it.
  std::string input_manager_key{};

  /// Which partitions of the asset it reads; nullopt: see InferMapping.
  std::optional<PartitionMapping> partition_mapping{};

  Metadata metadata{};
  std::shared_ptr<const void> host{};  ///< As AssetFacts::host.
};

/// A step as it is declared. Plain data.
struct StepSpec {
  std::string key{};  ///< Unique; of a step that makes one asset, its ToUserString.
  std::vector<StepInput> inputs{};     ///< What it reads.
  std::vector<AssetKey> deps{};        ///< That must be there first, without being read.
  std::vector<OutputName> after{};     ///< As deps, of outputs that are no assets.
  std::vector<StepOutput> outputs{1};  ///< Not empty.
  PartitionsPtr partitions{};          ///< Of its assets; null: none.
  bool is_external = false;  ///< Something else makes its assets: it is never run.
};

/// One output of one node.
struct OutputRef {
  size_t node = 0;
  size_t output = 0;

  friend bool operator==(const OutputRef&, const OutputRef&) = default;
};

/// Where an input's value comes from.
struct ResolvedInput {
  std::optional<AssetKey> key{};    ///< Nullopt: it is no asset.
  std::vector<OutputRef> makers{};  ///< Empty: nothing in the graph makes it.
  PartitionMapping mapping{};       ///< Where that is a partitioned asset.
};

/// One step of a graph.
struct StepNode {
  StepSpec spec;
  std::vector<ResolvedInput> inputs{};  ///< As spec.inputs.
  std::vector<size_t> upstream{};       ///< Nodes that it needs, each once.
  std::vector<size_t> downstream{};     ///< Nodes that have this one upstream, each once.

  /// Whether it makes any asset; else it is part of others' making.
  bool MakesAssets() const;
};

/// A checked graph of steps. Immutable; safe for concurrent use.
class StepGraph {
 public:
  /// Resolves and checks. An input that names an asset resolves to the exact key; else,
  /// if only a name was given, to the one asset of the same group whose last part it is;
  /// else it is external. An asset may read itself by a partition mapping: other
  /// partitions than the one it makes.
  ///
  /// Errors: kInvalid  every fault, a line each: duplicate keys, outputs and metadata,
  ///                   ambiguous inputs, unknown outputs, mappings that cannot be, cycles
  static Result<StepGraph> Make(std::vector<StepSpec> specs);

  /// In order of definition.
  const std::vector<StepNode>& nodes() const { return nodes_; }

  /// Returns what makes an asset.
  std::optional<OutputRef> Find(const AssetKey& key) const;
  const StepOutput& OutputOf(OutputRef ref) const {
    return nodes_[ref.node].spec.outputs[ref.output];
  }

  /// Every asset that the steps make, in order of definition.
  const std::vector<OutputRef>& assets() const { return assets_; }

  /// Node indexes such that each comes after those it needs; otherwise in order of
  /// definition.
  const std::vector<size_t>& topological_order() const { return order_; }

  /// The assets' keys as ToUserString, in order of definition.
  std::vector<std::string> KeyNames() const;

 private:
  void AddOutputs(size_t node, std::vector<std::string>& faults);
  void Resolve(size_t node, std::vector<std::string>& faults);
  std::vector<OutputRef> FindMakers(const StepSpec& reader, const StepInput& input,
                                    std::vector<std::string>& faults) const;
  void Order(std::vector<std::string>& faults);

  std::vector<StepNode> nodes_;
  std::vector<OutputRef> assets_;
  std::unordered_map<AssetKey, OutputRef> by_key_;
  std::unordered_multimap<std::string, OutputRef> by_name_;  // An asset's last part.
  std::unordered_map<std::string, size_t> by_step_;
  std::vector<size_t> order_;
};

}  // namespace entrepot
