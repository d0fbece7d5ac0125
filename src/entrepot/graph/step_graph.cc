#include "entrepot/graph/step_graph.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

using Faults = std::vector<std::string>;

/// Names a step in messages: an asset's as that.
std::string Describe(const StepSpec& spec) {
  const bool is_asset = spec.outputs.size() == 1 && spec.outputs[0].key;
  return is_asset ? spec.outputs[0].Describe() : fmt::format("step '{}'", spec.key);
}

const std::string& GroupOf(const StepSpec& spec) {
  return spec.outputs.front().facts->group;
}

/// Says how an input's partitions follow from its reader's; one that cannot is a fault.
PartitionMapping MappingOf(const StepSpec& reader, const StepInput& input,
                           const StepSpec& read, Faults& faults) {
  const auto* downstream = reader.partitions.get();
  const auto* upstream = read.partitions.get();
  if (!input.partition_mapping) return InferMapping(downstream, upstream);
  const Status checked = CheckMapping(*input.partition_mapping, downstream, upstream);
  if (!checked) {
    faults.push_back(fmt::format("input '{}' of {}: {}", input.name, Describe(reader),
                                 checked.error().message()));
  }
  return *input.partition_mapping;
}

void AddOnce(std::vector<size_t>& nodes, size_t node) {
  if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
}

/// Returns a cycle among the nodes that no order could place: a, b, c, a.
std::vector<size_t> FindCycle(const std::vector<StepNode>& nodes,
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

std::string StepOutput::Describe() const {
  return key ? fmt::format("asset '{}'", key->ToUserString())
             : fmt::format("output '{}'", name);
}

bool StepNode::MakesAssets() const {
  return std::ranges::any_of(
      spec.outputs, [](const StepOutput& output) { return output.key.has_value(); });
}

Result<StepGraph> StepGraph::Make(std::vector<StepSpec> specs) {
  StepGraph graph;
  Faults faults;
  for (StepSpec& spec : specs) {
    const size_t node = graph.nodes_.size();
    graph.nodes_.push_back({.spec = std::move(spec)});
    graph.AddOutputs(node, faults);
  }
  for (size_t node = 0; node < graph.nodes_.size(); ++node) graph.Resolve(node, faults);
  for (size_t node = 0; node < graph.nodes_.size(); ++node) {
    for (const size_t up : graph.nodes_[node].upstream)
      graph.nodes_[up].downstream.push_back(node);
  }
  graph.Order(faults);
  if (!faults.empty()) return Invalid("{}", fmt::join(faults, "\n"));
  return graph;
}

void StepGraph::AddOutputs(size_t node, Faults& faults) {
  const StepSpec& spec = nodes_[node].spec;
  const bool is_step_new = by_step_.emplace(spec.key, node).second;
  bool is_asset_new = true;
  for (size_t i = 0; i < spec.outputs.size(); ++i) {
    const Status unique = CheckNames(spec.outputs[i].facts->metadata);
    if (!unique) {
      faults.push_back(
          fmt::format("{}: {}", spec.outputs[i].Describe(), unique.error().message()));
    }
    const auto same =
        std::ranges::find(spec.outputs, spec.outputs[i].name, &StepOutput::name);
    if (&*same != &spec.outputs[i]) {
      faults.push_back(
          fmt::format("{} has two outputs '{}'", Describe(spec), spec.outputs[i].name));
    }
    const auto& key = spec.outputs[i].key;
    if (!key) continue;
    const bool is_new = by_key_.emplace(*key, OutputRef{node, i}).second;
    if (is_new) {
      assets_.push_back({node, i});
      by_name_.emplace(key->name(), OutputRef{node, i});
    } else {
      is_asset_new = false;
      faults.push_back(
          fmt::format("asset '{}' is defined more than once", key->ToUserString()));
    }
  }
  if (!is_step_new && is_asset_new)
    faults.push_back(fmt::format("step '{}' is defined more than once", spec.key));
}

/// Finds the outputs an input names; of an asset by name within the reader's group, where
/// several are a fault.
std::vector<OutputRef> StepGraph::FindMakers(const StepSpec& reader,
                                             const StepInput& input,
                                             Faults& faults) const {
  std::vector<OutputRef> makers;
  for (const OutputName& wanted : input.outputs) {
    const auto step = by_step_.find(wanted.step);
    const auto* outputs =
        step == by_step_.end() ? nullptr : &nodes_[step->second].spec.outputs;
    const auto output = outputs == nullptr ? std::vector<StepOutput>::const_iterator()
                                           : std::ranges::find(*outputs, wanted.output,
                                                               &StepOutput::name);
    if (outputs == nullptr || output == outputs->end()) {
      faults.push_back(
          fmt::format("input '{}' of {} is output '{}' of step '{}', which {}",
                      input.name, Describe(reader), wanted.output, wanted.step,
                      outputs == nullptr ? "is not there" : "has none such"));
      continue;
    }
    makers.push_back({step->second, static_cast<size_t>(output - outputs->begin())});
  }
  if (!input.key) return makers;
  if (const auto exact = Find(*input.key)) return {*exact};
  if (input.is_exact) return {};
  const auto [first, last] = by_name_.equal_range(input.key->name());
  for (auto at = first; at != last; ++at) {
    const StepSpec& candidate = nodes_[at->second.node].spec;
    if (GroupOf(candidate) == GroupOf(reader) && &candidate != &reader)
      makers.push_back(at->second);
  }
  if (makers.size() <= 1) return makers;
  std::ranges::sort(makers, {}, &OutputRef::node);
  std::string names;
  for (const OutputRef maker : makers) {
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ",
                         OutputOf(maker).key->ToUserString());
  }
  faults.push_back(fmt::format("input '{}' of {} could be any of {}; give its key",
                               input.name, Describe(reader), names));
  return {};
}

void StepGraph::Resolve(size_t index, Faults& faults) {
  StepNode& node = nodes_[index];
  for (const StepInput& input : node.spec.inputs) {
    ResolvedInput resolved{.key = input.key,
                           .makers = FindMakers(node.spec, input, faults)};
    if (input.key && !resolved.makers.empty()) {
      const OutputRef maker = resolved.makers.front();
      resolved.key = OutputOf(maker).key;
      resolved.mapping = MappingOf(node.spec, input, nodes_[maker.node].spec, faults);
    }
    for (const OutputRef maker : resolved.makers) {
      const bool reads_own_past = maker.node == index && input.partition_mapping;
      if (!reads_own_past) AddOnce(node.upstream, maker.node);
    }
    node.inputs.push_back(std::move(resolved));
  }
  for (const AssetKey& key : node.spec.deps) {
    if (const auto made = Find(key)) AddOnce(node.upstream, made->node);
  }
  for (const OutputName& name : node.spec.after) {
    const auto step = by_step_.find(name.step);
    if (step != by_step_.end()) {
      AddOnce(node.upstream, step->second);
    } else {
      faults.push_back(fmt::format("{} comes after step '{}', which is not there",
                                   Describe(node.spec), name.step));
    }
  }
}

void StepGraph::Order(Faults& faults) {
  std::vector<int> missing_upstream;
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    missing_upstream.push_back(static_cast<int>(nodes_[i].upstream.size()));
    if (missing_upstream[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    const size_t node = ready.top();
    ready.pop();
    order_.push_back(node);
    for (const size_t down : nodes_[node].downstream) {
      if (--missing_upstream[down] == 0) ready.push(down);
    }
  }
  if (order_.size() == nodes_.size()) return;
  std::string path;
  for (const size_t node : FindCycle(nodes_, missing_upstream))
    path += (path.empty() ? "" : " → ") + nodes_[node].spec.key;
  faults.push_back("assets depend on each other in a cycle: " + path);
}

std::optional<OutputRef> StepGraph::Find(const AssetKey& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> StepGraph::KeyNames() const {
  std::vector<std::string> names;
  for (const OutputRef asset : assets_)
    names.push_back(OutputOf(asset).key->ToUserString());
  return names;
}

}  // namespace entrepot
