#include "entrepot/config/config_tree.h"

namespace entrepot {
namespace {

/// Tells whether pointer `inner` is `outer` or below it.
bool IsWithin(std::string_view inner, std::string_view outer) {
  return inner.starts_with(outer) &&
         (inner.size() == outer.size() || inner[outer.size()] == '/');
}

}  // namespace

ConfigTree::ConfigTree(ConfigJson json, std::string source) : json_(std::move(json)) {
  origins_[""] = {.source = std::move(source)};
}

ConfigTree ConfigTree::Text(std::string text, std::string source) {
  ConfigTree tree(std::move(text), std::move(source));
  tree.origins_[""].is_text = true;
  return tree;
}

std::string_view ConfigTree::SourceOf(const Pointer& pointer) const {
  Pointer at = pointer;
  while (true) {
    const auto found = origins_.find(at.to_string());
    if (found != origins_.end()) return found->second.source;
    if (at.empty()) return "";
    at.pop_back();
  }
}

bool ConfigTree::IsText(const Pointer& pointer) const {
  const auto found = origins_.find(pointer.to_string());
  return found != origins_.end() && found->second.is_text;
}

void ConfigTree::SetSource(const Pointer& pointer, std::string source) {
  origins_[pointer.to_string()].source = std::move(source);
}

void ConfigTree::Merge(const ConfigTree& later) {
  if (!later.is_given()) return;
  if (is_given()) {
    MergeAt(Pointer(), later);
  } else {
    *this = later;
  }
}

void ConfigTree::MergeAt(const Pointer& pointer, const ConfigTree& later) {
  ConfigJson& mine = json_[pointer];
  const ConfigJson& theirs = later.json_[pointer];
  const std::string root = pointer.to_string();
  if (mine.is_object() && theirs.is_object()) {
    for (const auto& [name, value] : theirs.items()) {
      if (!mine.contains(name)) mine[name] = nullptr;
      MergeAt(pointer / name, later);
    }
    return;
  }
  mine = theirs;
  std::erase_if(origins_,
                [&](const auto& origin) { return IsWithin(origin.first, root); });
  origins_[root] = {.source = std::string(later.SourceOf(pointer)),
                    .is_text = later.IsText(pointer)};
  for (const auto& [at, origin] : later.origins_) {
    if (IsWithin(at, root)) origins_[at] = origin;
  }
}

ConfigTree ConfigTree::Below(std::string_view name) const {
  if (!is_given()) return {};
  ConfigTree outer;
  outer.json_ = ConfigJson::object();
  outer.json_[std::string(name)] = json_;
  const Pointer root = Pointer() / std::string(name);
  for (const auto& [at, origin] : origins_)
    outer.origins_[root.to_string() + at] = origin;
  outer.origins_[""] = {.source = std::string(SourceOf(Pointer()))};
  return outer;
}

ConfigTree ConfigTree::At(std::span<const std::string> path) const {
  if (!is_given()) return {};
  Pointer pointer;
  const ConfigJson* found = &json_;
  for (const std::string& name : path) {
    if (!found->is_object() || !found->contains(name)) return {};
    found = &found->at(name);
    pointer /= name;
  }
  const std::string root = pointer.to_string();
  ConfigTree inner(*found, std::string(SourceOf(pointer)));
  for (const auto& [at, origin] : origins_) {
    if (IsWithin(at, root)) inner.origins_[at.substr(root.size())] = origin;
  }
  return inner;
}

}  // namespace entrepot
