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
      } else {
        faults_.push_back(
            NotBound(fmt::format("resource '{}'", key), required, bindings_));
      }
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

std::string NotBound(std::string_view who, const std::string& key,
                     const ResourceBindings& bindings) {
  std::vector<std::string> keys;
  for (const auto& [known, unused] : bindings) keys.push_back(known);
  const bool is_near = !NearestNames(key, keys).empty();
  return fmt::format("{} requires resource '{}', which is not bound{}; {}", who, key,
                     is_near ? DidYouMean(key, keys) : "",
                     keys.empty() ? "there are none"
                                  : fmt::format("there are: {}", fmt::join(keys, ", ")));
}

}  // namespace entrepot
