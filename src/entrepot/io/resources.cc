#include "entrepot/io/resources.h"

#include <algorithm>

#include "entrepot/nearest_name.h"
#include "entrepot/value/traits.h"

namespace entrepot {

Result<std::any> Resources::Find(const std::string& key) const {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) return found->second;
  if (std::ranges::find(others_, key) != others_.end()) return make_other_(key);
  std::vector<std::string> keys = others_;
  for (const auto& [name, resource] : by_key_) keys.push_back(name);
  if (keys.empty()) return Invalid("there is no resource '{}': none is bound", key);
  return Invalid("there is no resource '{}'{}", key, DidYouMean(key, keys));
}

Error Resources::WrongType(const std::string& key, const std::type_info& found,
                           const std::type_info& wanted) {
  return Invalid("resource '{}' is a {}, not a {}", key, internal::CppTypeName(found),
                 internal::CppTypeName(wanted));
}

}  // namespace entrepot
