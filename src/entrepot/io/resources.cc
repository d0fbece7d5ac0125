#include "entrepot/io/resources.h"

#include <vector>

#include "entrepot/nearest_name.h"
#include "entrepot/value/traits.h"

namespace entrepot {

Result<const std::any*> Resources::Find(const std::string& key) const {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) return &found->second;
  if (by_key_.empty()) return Invalid("there is no resource '{}': none is bound", key);
  std::vector<std::string> keys;
  for (const auto& [name, resource] : by_key_) keys.push_back(name);
  return Invalid("there is no resource '{}'{}", key, DidYouMean(key, keys));
}

Error Resources::WrongType(const std::string& key, const std::type_info& found,
                           const std::type_info& wanted) {
  return Invalid("resource '{}' is a {}, not a {}", key, internal::CppTypeName(found),
                 internal::CppTypeName(wanted));
}

}  // namespace entrepot
