#include "entrepot/graph/asset_graph.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace entrepot {
namespace {

using Faults = std::vector<std::string>;

/// Finds an input's asset by name within a group; several are a fault.
std::optional<size_t> FindInGroup(
    const std::vector<AssetNode>& nodes,
    const std::unordered_multimap<std::string, size_t>& by_name, const AssetSpec& reader,
    const AssetInput& input, Faults& faults) {
  std::vector<size_t> matches;
  const auto [first, last] = by_name.equal_range(input.key.name());
  for (auto at = first; at != last; ++at) {
    const AssetSpec& candidate = nodes[at->second].spec;
    if (candidate.facts->group == reader.facts->group && candidate.key != reader.key) {
      matches.push_back(at->second);
    }
  }
  if (matches.size() > 1) {
    std::ranges::sort(matches);
    std::string names;
    for (const size_t match : matches) {
      names += fmt::format("{}'{}'", names.empty() ? "" : ", ",
                           nodes[match].spec.key.ToUserString());
    }
    faults.push_back(
        fmt::format("input '{}' of asset '{}' could be any of {}; give its key",
                    input.name, reader.key.ToUserString(), names));
  }
  return matches.size() == 1 ? std::optional(matches[0]) : std::nullopt;
}

void AddOnce(std::vector<size_t>& nodes, size_t node) {
  if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
}

/// Returns a cycle among the nodes that no order could place: a, b, c, a.
std::vector<size_t> FindCycle(const std::vector<AssetNode>& nodes,
                              const std::vector<int>& missing_upstream) {
  const auto is_stuck = [&](size_t node) { return missing_upstream[node] > 0; };
  size_t at = 0;
  while (!is_stuck(at)) ++at;
  // Every stuck node has a stuck one upstream: walking up must come around.
  std::vector<size_t> path;
  while (std::ranges::find(path, at) == path.end()) {
    path.push_back(at);
    at = *std::ranges::find_if(nodes[at].upstream, is_stuck);
  }
  path.erase(path.begin(), std::ranges::find(path, at));
  path.push_back(at);
  std::ranges::reverse(path);  // In the direction data flows.
  return path;
}

}  // namespace

Result<AssetGraph> AssetGraph::Make(std::vector<AssetSpec> specs) {
  AssetGraph graph;
  Faults faults;
  std::unordered_multimap<std::string, size_t> by_name;
  for (AssetSpec& spec : specs) {
    const auto [at, is_new] = graph.by_key_.emplace(spec.key, graph.nodes_.size());
    if (!is_new) {
      faults.push_back(
          fmt::format("asset '{}' is defined more than once", spec.key.ToUserString()));
      continue;
    }
    by_name.emplace(spec.key.name(), graph.nodes_.size());
    graph.nodes_.push_back({std::move(spec), {}, {}, {}, {}});
  }

  for (size_t i = 0; i < graph.nodes_.size(); ++i) {
    AssetNode& node = graph.nodes_[i];
    for (const AssetInput& input : node.spec.inputs) {
      auto found = graph.Find(input.key);
      if (!found && !input.is_exact) {
        found = FindInGroup(graph.nodes_, by_name, node.spec, input, faults);
      }
      node.inputs.push_back({found ? graph.nodes_[*found].spec.key : input.key, found});
    }
    for (const AssetKey& key : node.spec.deps)
      node.deps.push_back({key, graph.Find(key)});
    for (const auto* inputs : {&node.inputs, &node.deps}) {
      for (const ResolvedInput& input : *inputs) {
        if (input.node) AddOnce(node.upstream, *input.node);
      }
    }
    for (const size_t up : node.upstream) graph.nodes_[up].downstream.push_back(i);
  }

  std::vector<int> missing_upstream;
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < graph.nodes_.size(); ++i) {
    missing_upstream.push_back(static_cast<int>(graph.nodes_[i].upstream.size()));
    if (missing_upstream[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    const size_t node = ready.top();
    ready.pop();
    graph.order_.push_back(node);
    for (const size_t down : graph.nodes_[node].downstream) {
      if (--missing_upstream[down] == 0) ready.push(down);
    }
  }
  if (graph.order_.size() < graph.nodes_.size()) {
    std::string path;
    for (const size_t node : FindCycle(graph.nodes_, missing_upstream)) {
      path += (path.empty() ? "" : " → ") + graph.nodes_[node].spec.key.ToUserString();
    }
    faults.push_back("assets depend on each other in a cycle: " + path);
  }
  if (!faults.empty()) return Invalid("{}", fmt::join(faults, "\n"));
  return graph;
}

std::optional<size_t> AssetGraph::Find(const AssetKey& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> AssetGraph::KeyNames() const {
  std::vector<std::string> names;
  for (const AssetNode& node : nodes_) names.push_back(node.spec.key.ToUserString());
  return names;
}

}  // namespace entrepot
