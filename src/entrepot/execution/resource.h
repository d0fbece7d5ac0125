#pragma once

/// \file entrepot/execution/resource.h
/// What compute functions and managers use by key, and how a run gets it.

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "entrepot/config/declared_config.h"
#include "entrepot/io/io_manager.h"
#include "entrepot/io/resources.h"
#include "entrepot/io/step_log.h"
#include "entrepot/result.h"

namespace entrepot {

class Instance;

/// What a resource is made for: a run, or an AssetValueLoader. Plain data; only for the
/// call.
struct ResourceContext {
  const Instance& instance;
  std::string key;
  std::string run_id;              ///< kNoRun outside of a run.
  Resources resources{};           ///< Those that it requires, and no others.
  std::shared_ptr<StepLog> log{};  ///< Never null.
  ReadConfig read_config{};        ///< As the resource declared it; null: none.

  /// Returns the configuration of a resource that was bound with Options.
  template <typename Options>
  const Options& config() const {
    return ConfigAs<Options>(read_config, "resource '" + key + "'");
  }
};

/// A resource of one run.
struct MadeResource {
  /// A std::shared_ptr: of an IOManager or InputManager where it is bound as one.
  std::any resource{};

  /// Called once, when the run is over, however it went; may be empty. What a destructor
  /// does needs none: this can fail, and then the run fails.
  std::function<Status()> teardown{};

  /// What contexts have as resource_config, as the host language has it.
  std::shared_ptr<const void> config{};
};

/// Makes a resource for one run.
using ResourceFactory = std::function<Result<MadeResource>(const ResourceContext&)>;
using IOManagerFactory =
    std::function<Result<std::shared_ptr<IOManager>>(const ResourceContext&)>;

/// What may stand where a manager is wanted.
enum class ResourceKind { kOther, kInputManager, kIOManager };

/// A resource as it was bound. Plain data.
struct ResourceBinding {
  ResourceKind kind = ResourceKind::kOther;
  ResourceFactory make;
  std::vector<std::string> required_keys{};  ///< Of the resources to be made before it.
  std::shared_ptr<const DeclaredConfig> config{};  ///< Null: it takes none.
};
using ResourceBindings = std::map<std::string, ResourceBinding>;

/// Of the I/O manager that there is even where none is bound: the instance's.
inline constexpr char kDefaultIOManagerKey[] = "io_manager";

/// Returns the fault of `who` ("step 'a'") that requires a key which is not bound; lists
/// those that are, and the nearest first.
std::string NotBound(std::string_view who, const std::string& key,
                     const ResourceBindings& bindings);

/// Returns `wanted` and all that they require, each once and after what it requires.
///
/// Errors: kInvalid  every key that is required and not bound, and every circle with its
///         path, a line each
Result<std::vector<std::string>> OrderResources(const ResourceBindings& bindings,
                                                std::span<const std::string> wanted);

namespace internal {

template <typename T>
ResourceKind KindOf() {
  return std::is_convertible_v<T*, IOManager*>      ? ResourceKind::kIOManager
         : std::is_convertible_v<T*, InputManager*> ? ResourceKind::kInputManager
                                                    : ResourceKind::kOther;
}

/// Holds a manager as the interface that it is asked for by.
template <typename T>
std::any HeldAsKind(std::shared_ptr<T> resource) {
  if constexpr (std::is_convertible_v<T*, IOManager*>) {
    return std::shared_ptr<IOManager>(std::move(resource));
  } else if constexpr (std::is_convertible_v<T*, InputManager*>) {
    return std::shared_ptr<InputManager>(std::move(resource));
  } else {
    return resource;
  }
}

/// Makes a binding of a function that returns a Result<std::shared_ptr<T>>.
template <typename Make>
ResourceBinding BindingOf(Make make, std::vector<std::string> required_keys) {
  using Returned = std::invoke_result_t<Make&, const ResourceContext&>;
  static_assert(
      requires { typename Returned::value_type::element_type; },
      "entrepot: a function that makes a resource must return a "
      "Result<std::shared_ptr<T>>");
  using Pointer = typename Returned::value_type;
  auto make_any =
      [make = std::move(make)](const ResourceContext& context) -> Result<MadeResource> {
    ENTREPOT_ASSIGN_OR_RETURN(Pointer made, make(context));
    if (!made) return Invalid("the function that makes it returned none");
    return MadeResource{.resource = HeldAsKind(std::move(made))};
  };
  return {.kind = KindOf<typename Pointer::element_type>(),
          .make = std::move(make_any),
          .required_keys = std::move(required_keys)};
}

}  // namespace internal
}  // namespace entrepot
