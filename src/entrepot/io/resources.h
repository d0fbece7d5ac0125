#pragma once

/// \file entrepot/io/resources.h
/// What was bound by key for compute functions and managers to use.

#include <any>
#include <map>
#include <memory>
#include <string>
#include <typeinfo>

#include "entrepot/result.h"

namespace entrepot {

/// Resources of a run by key: what was bound in the definitions. Concurrent const use
/// only.
class Resources {
 public:
  Resources() = default;
  explicit Resources(std::map<std::string, std::any> by_key)
      : by_key_(std::move(by_key)) {}

  /// Returns the resource bound to `key`, which must be a shared_ptr<T>.
  ///
  /// Errors: kInvalid  no such resource (those there are are listed), or of another type
  template <typename T>
  Result<std::shared_ptr<T>> Get(const std::string& key) const {
    ENTREPOT_ASSIGN_OR_RETURN(const std::any* found, Find(key));
    const auto* resource = std::any_cast<std::shared_ptr<T>>(found);
    if (resource == nullptr)
      return WrongType(key, found->type(), typeid(std::shared_ptr<T>));
    return *resource;
  }

  Result<const std::any*> Find(const std::string& key) const;
  const std::map<std::string, std::any>& by_key() const { return by_key_; }

 private:
  static Error WrongType(const std::string& key, const std::type_info& found,
                         const std::type_info& wanted);

  std::map<std::string, std::any> by_key_;
};

}  // namespace entrepot
