#pragma once

/// \file entrepot/io/resources.h
/// What was bound by key for compute functions and managers to use.

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "entrepot/result.h"

namespace entrepot {

/// Resources of a run by key: what was bound in the definitions. Safe for concurrent use.
class Resources {
 public:
  /// Makes a resource that is bound, unless it is made already. Safe for concurrent use.
  using MakeOther = std::function<Result<std::any>(const std::string& key)>;

  Resources() = default;

  /// `others` are the keys of those that `make_other` makes when they are asked for.
  explicit Resources(std::map<std::string, std::any> by_key,
                     std::vector<std::string> others = {}, MakeOther make_other = {})
      : by_key_(std::move(by_key)),
        others_(std::move(others)),
        make_other_(std::move(make_other)) {}

  /// Returns the resource bound to `key`, which must be a shared_ptr<T>.
  ///
  /// Errors: kInvalid  no such resource (those there are are listed), or of another type;
  ///         that making it failed
  template <typename T>
  Result<std::shared_ptr<T>> Get(const std::string& key) const {
    ENTREPOT_ASSIGN_OR_RETURN(const std::any found, Find(key));
    const auto* resource = std::any_cast<std::shared_ptr<T>>(&found);
    if (resource == nullptr)
      return WrongType(key, found.type(), typeid(std::shared_ptr<T>));
    return *resource;
  }

  /// Returns the resource as it is held. Errors: as Get's
  Result<std::any> Find(const std::string& key) const;

  /// Those that were made at first.
  const std::map<std::string, std::any>& by_key() const { return by_key_; }

  /// The keys of those that are made when they are asked for.
  const std::vector<std::string>& others() const { return others_; }

 private:
  static Error WrongType(const std::string& key, const std::type_info& found,
                         const std::type_info& wanted);

  std::map<std::string, std::any> by_key_;
  std::vector<std::string> others_;
  MakeOther make_other_;
};

}  // namespace entrepot
