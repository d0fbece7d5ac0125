#include "entrepot/graph/selection.h"

#include <algorithm>

#include "entrepot/glob.h"
#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

std::vector<std::string_view> Terms(std::string_view text) {
  constexpr std::string_view kSeparators = ", \t\n";
  std::vector<std::string_view> terms;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(kSeparators), text.size());
    if (end > 0) terms.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return terms;
}

/// Returns the nodes of the assets that match; `names` are those of graph.assets().
std::vector<size_t> Match(const StepGraph& graph, const std::vector<std::string>& names,
                          const std::string& pattern) {
  std::vector<size_t> matches;
  constexpr std::string_view kGroup = "group:";
  for (size_t i = 0; i < names.size(); ++i) {
    const OutputRef asset = graph.assets()[i];
    if (graph.nodes()[asset.node].spec.is_external) continue;
    const bool matched =
        pattern.starts_with(kGroup)
            ? graph.OutputOf(asset).facts->group == pattern.substr(kGroup.size())
            : MatchesGlob(pattern, names[i]);
    if (matched) matches.push_back(asset.node);
  }
  return matches;
}

/// Adds what is reached from `nodes` along `edges`.
void AddReached(const StepGraph& graph, std::vector<size_t> nodes,
                std::vector<size_t> StepNode::* edges, std::vector<bool>& selected) {
  std::vector<bool> seen(graph.nodes().size());
  while (!nodes.empty()) {
    const size_t node = nodes.back();
    nodes.pop_back();
    if (seen[node] || graph.nodes()[node].spec.is_external) continue;
    seen[node] = selected[node] = true;
    const auto& next = graph.nodes()[node].*edges;
    nodes.insert(nodes.end(), next.begin(), next.end());
  }
}

Error Unknown(const StepGraph& graph, std::string_view term, std::string_view pattern) {
  std::vector<std::string> names = graph.KeyNames();
  if (pattern.starts_with("group:")) {
    names.clear();
    for (const OutputRef asset : graph.assets())
      names.push_back("group:" + graph.OutputOf(asset).facts->group);
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
  }
  return Invalid("selection '{}' matches no asset{}", term, DidYouMean(pattern, names));
}

/// Adds the steps without assets that selected ones need: nobody can select them.
void AddInnerSteps(const StepGraph& graph, std::vector<bool>& selected) {
  const auto& order = graph.topological_order();
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    if (!selected[*at]) continue;
    for (const size_t up : graph.nodes()[*at].upstream)
      selected[up] = selected[up] || !graph.nodes()[up].MakesAssets();
  }
}

std::vector<size_t> Indexes(const StepGraph& graph, std::vector<bool> selected) {
  AddInnerSteps(graph, selected);
  std::vector<size_t> nodes;
  for (size_t i = 0; i < selected.size(); ++i) {
    if (selected[i]) nodes.push_back(i);
  }
  return nodes;
}

}  // namespace

Result<std::vector<size_t>> SelectAssets(const StepGraph& graph, std::string_view text) {
  std::vector<bool> selected(graph.nodes().size());
  const std::vector<std::string> names = graph.KeyNames();
  const auto terms = Terms(text);
  if (terms.empty()) {
    for (size_t i = 0; i < selected.size(); ++i)
      selected[i] = !graph.nodes()[i].spec.is_external;
  }
  for (const std::string_view term : terms) {
    std::string_view pattern = term;
    const bool up = pattern.starts_with('+');
    if (up) pattern.remove_prefix(1);
    const bool down = pattern.ends_with('+');
    if (down) pattern.remove_suffix(1);
    const auto matches = Match(graph, names, std::string(pattern));
    if (matches.empty() && pattern != "*") return Unknown(graph, term, pattern);
    for (const size_t match : matches) selected[match] = true;
    if (up) AddReached(graph, matches, &StepNode::upstream, selected);
    if (down) AddReached(graph, matches, &StepNode::downstream, selected);
  }
  return Indexes(graph, std::move(selected));
}

Result<std::vector<size_t>> SelectKeys(const StepGraph& graph,
                                       const std::vector<AssetKey>& keys) {
  std::vector<bool> selected(graph.nodes().size());
  for (const AssetKey& key : keys) {
    const auto node = graph.Find(key);
    if (!node) {
      const std::string name = key.ToUserString();
      return Invalid("there is no asset '{}'{}", name,
                     DidYouMean(name, graph.KeyNames()));
    }
    if (graph.nodes()[node->node].spec.is_external) {
      return Invalid("asset '{}' is external: nothing here can make it",
                     key.ToUserString());
    }
    selected[node->node] = true;
  }
  return Indexes(graph, std::move(selected));
}

}  // namespace entrepot
