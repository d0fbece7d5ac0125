#include "entrepot/execution/resource.h"

#include <algorithm>

#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

/// Walks what resources require, depth first. Used once.
class ResourceOrder {
 public:
  explicit ResourceOrder(const ResourceBindings& bindings) : bindings_(bindings) {}

  void Visit(const std::string& key) {
    if (std::ranges::find(order_, key) != order_.end()) return;
    if (const auto again = std::ranges::find(path_, key); again != path_.end()) {
      faults_.push_back(fmt::format("resources require each other: {} -> {}",
                                    fmt::join(again, path_.end(), " -> "), key));
      return;
    }
    path_.push_back(key);
    VisitRequired(key);
    path_.pop_back();
    order_.push_back(key);
  }

  Result<std::vector<std::string>> Take() && {
    if (!faults_.empty()) return Invalid("{}", fmt::join(faults_, "\n"));
    return std::move(order_);
  }

 private:
  void VisitRequired(const std::string& key) {
    const auto binding = bindings_.find(key);
    if (binding == bindings_.end()) return;  // The default I/O manager.
    for (const std::string& required : binding->second.required_keys) {
      if (required == kDefaultIOManagerKey || bindings_.contains(required)) {
        Visit(required);
        continue;
      }
      std::vector<std::string> keys;
      for (const auto& [known, unused] : bindings_) keys.push_back(known);
      faults_.push_back(
          fmt::format("resource '{}' requires resource '{}', which is not bound{}{}", key,
                      required, DidYouMean(required, keys), ThereAre(bindings_)));
    }
  }

  const ResourceBindings& bindings_;
  std::vector<std::string> order_;
  std::vector<std::string> path_;
  std::vector<std::string> faults_;
};

}  // namespace

Result<std::vector<std::string>> OrderResources(const ResourceBindings& bindings,
                                                std::span<const std::string> wanted) {
  ResourceOrder order(bindings);
  for (const std::string& key : wanted) order.Visit(key);
  return std::move(order).Take();
}

std::string ThereAre(const ResourceBindings& bindings) {
  if (bindings.empty()) return "; there are none";
  std::vector<std::string> keys;
  for (const auto& [key, binding] : bindings) keys.push_back(key);
  return fmt::format("; there are: {}", fmt::join(keys, ", "));
}

}  // namespace entrepot
