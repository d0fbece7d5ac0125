#pragma once

/// \file entrepot/graph/asset_graph.h
/// Assets and what they read from each other. Pure: no I/O.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "entrepot/asset/asset_facts.h"
#include "entrepot/asset/asset_key.h"
#include "entrepot/result.h"

namespace entrepot {

/// A parameter that an asset's function gets from another asset.
struct AssetInput {
  std::string name{};    ///< Of the parameter.
  AssetKey key;          ///< As written; resolved by the graph.
  bool is_exact = true;  ///< False: the name alone was given, so an asset of the same
                         ///< group whose key ends in it will do.
  Metadata metadata{};
  std::shared_ptr<const void> host{};  ///< As AssetFacts::host.
};

/// An asset as it is declared. Plain data.
struct AssetSpec {
  AssetKey key;
  std::vector<AssetInput> inputs{};  ///< Whose values it reads.
  std::vector<AssetKey> deps{};      ///< That must be there first, without being read.
  std::string io_manager_key = "io_manager";
  std::shared_ptr<const AssetFacts> facts = std::make_shared<const AssetFacts>();
};

/// Where an input's value comes from.
struct ResolvedInput {
  AssetKey key;
  std::optional<size_t> node{};  ///< The asset that makes it; nullopt: an external one.
};

/// One asset of a graph.
struct AssetNode {
  AssetSpec spec;
  std::vector<ResolvedInput> inputs;  ///< As spec.inputs.
  std::vector<ResolvedInput> deps;    ///< As spec.deps.
  std::vector<size_t> upstream;       ///< Nodes among inputs and deps, each once.
  std::vector<size_t> downstream;     ///< Nodes that have this one upstream, each once.
};

/// A checked graph of assets. Immutable; safe for concurrent use.
class AssetGraph {
 public:
  /// Resolves and checks. An input resolves to the exact key; else, if only a name was
  /// given, to the one asset of the same group whose last part it is; else it is
  /// external.
  ///
  /// Errors: kInvalid  every fault, a line each: duplicate keys, ambiguous inputs, cycles
  static Result<AssetGraph> Make(std::vector<AssetSpec> specs);

  /// In order of definition.
  const std::vector<AssetNode>& nodes() const { return nodes_; }
  std::optional<size_t> Find(const AssetKey& key) const;

  /// Node indexes such that each comes after those it needs; otherwise in order of
  /// definition.
  const std::vector<size_t>& topological_order() const { return order_; }

  /// The keys as ToUserString, in order of definition.
  std::vector<std::string> KeyNames() const;

 private:
  std::vector<AssetNode> nodes_;
  std::unordered_map<AssetKey, size_t> by_key_;
  std::vector<size_t> order_;
};

}  // namespace entrepot
