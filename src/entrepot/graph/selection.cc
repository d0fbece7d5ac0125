#include "entrepot/graph/selection.h"

#include <algorithm>
#include <optional>

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

/// Returns how many bytes the first character of `text` has.
size_t CharacterLength(std::string_view text) {
  const auto is_continuation = [](char c) { return (c & 0xC0) == 0x80; };
  const auto next = std::find_if_not(text.begin() + 1, text.end(), is_continuation);
  return static_cast<size_t>(next - text.begin());
}

/// Whether '*' (any text) and '?' (one character) of `pattern` can stand for what `name`
/// has there. Not fnmatch, for which a '\' of a name is an escape and a character is
/// what the process's locale makes of it.
bool MatchesGlob(std::string_view pattern, std::string_view name) {
  std::optional<std::string_view> after_star;
  std::string_view star_rest;  // Of the name, where that star's text ends so far.
  while (!name.empty() || !pattern.empty()) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      after_star = pattern;
      star_rest = name;
    } else if (pattern.starts_with('?') && !name.empty()) {
      pattern.remove_prefix(1);
      name.remove_prefix(CharacterLength(name));
    } else if (!pattern.empty() && name.starts_with(pattern.front())) {
      pattern.remove_prefix(1);
      name.remove_prefix(1);
    } else if (after_star && !star_rest.empty()) {
      star_rest.remove_prefix(1);  // Only the last star need be longer.
      pattern = *after_star;
      name = star_rest;
    } else {
      return false;
    }
  }
  return true;
}

std::vector<size_t> Match(const AssetGraph& graph, const std::vector<std::string>& names,
                          const std::string& pattern) {
  std::vector<size_t> matches;
  constexpr std::string_view kGroup = "group:";
  for (size_t i = 0; i < names.size(); ++i) {
    const bool matched =
        pattern.starts_with(kGroup)
            ? graph.nodes()[i].spec.facts->group == pattern.substr(kGroup.size())
            : MatchesGlob(pattern, names[i]);
    if (matched) matches.push_back(i);
  }
  return matches;
}

/// Adds what is reached from `nodes` along `edges`.
void AddReached(const AssetGraph& graph, std::vector<size_t> nodes,
                std::vector<size_t> AssetNode::* edges, std::vector<bool>& selected) {
  std::vector<bool> seen(graph.nodes().size());
  while (!nodes.empty()) {
    const size_t node = nodes.back();
    nodes.pop_back();
    if (seen[node]) continue;
    seen[node] = selected[node] = true;
    const auto& next = graph.nodes()[node].*edges;
    nodes.insert(nodes.end(), next.begin(), next.end());
  }
}

Error Unknown(const AssetGraph& graph, std::string_view term, std::string_view pattern) {
  std::vector<std::string> names = graph.KeyNames();
  if (pattern.starts_with("group:")) {
    names.clear();
    for (const AssetNode& node : graph.nodes())
      names.push_back("group:" + node.spec.facts->group);
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
  }
  return Invalid("selection '{}' matches no asset{}", term, DidYouMean(pattern, names));
}

std::vector<size_t> Indexes(const std::vector<bool>& selected) {
  std::vector<size_t> nodes;
  for (size_t i = 0; i < selected.size(); ++i) {
    if (selected[i]) nodes.push_back(i);
  }
  return nodes;
}

}  // namespace

Result<std::vector<size_t>> SelectAssets(const AssetGraph& graph, std::string_view text) {
  std::vector<bool> selected(graph.nodes().size());
  const std::vector<std::string> names = graph.KeyNames();
  const auto terms = Terms(text);
  if (terms.empty()) selected.assign(selected.size(), true);
  for (const std::string_view term : terms) {
    std::string_view pattern = term;
    const bool up = pattern.starts_with('+');
    if (up) pattern.remove_prefix(1);
    const bool down = pattern.ends_with('+');
    if (down) pattern.remove_suffix(1);
    const auto matches = Match(graph, names, std::string(pattern));
    if (matches.empty() && pattern != "*") return Unknown(graph, term, pattern);
    for (const size_t match : matches) selected[match] = true;
    if (up) AddReached(graph, matches, &AssetNode::upstream, selected);
    if (down) AddReached(graph, matches, &AssetNode::downstream, selected);
  }
  return Indexes(selected);
}

Result<std::vector<size_t>> SelectKeys(const AssetGraph& graph,
                                       const std::vector<AssetKey>& keys) {
  std::vector<bool> selected(graph.nodes().size());
  for (const AssetKey& key : keys) {
    const auto node = graph.Find(key);
    if (!node) {
      const std::string name = key.ToUserString();
      return Invalid("there is no asset '{}'{}", name,
                     DidYouMean(name, graph.KeyNames()));
    }
    selected[*node] = true;
  }
  return Indexes(selected);
}

}  // namespace entrepot
