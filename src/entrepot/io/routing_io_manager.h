#pragma once

/// \file entrepot/io/routing_io_manager.h
/// One manager over several: rules say which of them stores what.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "entrepot/io/io_manager.h"

namespace entrepot {

class OutputContext;

/// One rule. Plain data.
struct Route {
  /// Which outputs it is about, with '*' and '?' as in selections:
  ///
  ///   group:<pattern>              assets of such a group
  ///   key:<pattern>                assets of such a key: "key:raw/*"
  ///   metadata:<name>=<pattern>    whose definition has such metadata, as text
  std::string when;
  std::string backend;
};

/// Which backend stores an output, asked in this order. Plain data.
struct RoutingRules {
  /// 1. Metadata of this name in the asset's definition names the backend.
  std::string metadata_name = "storage_backend";

  /// 2. The first route that is about the output.
  std::vector<Route> routes{};

  /// 3. All others.
  std::string default_backend{};
};

/// Stores each output by one of several managers, its backends. What stored a value is
/// told by its receipts (base `<key>.<backend>`) and by metadata "storage_backend": loads
/// go there, whatever the rules say by then; the rules say where to look for what tells
/// neither. Backends get contexts of their own, whose io_manager_key is that base. Safe
/// for concurrent use.
class RoutingIOManager final : public IOManager {
 public:
  using Backends = std::vector<std::pair<std::string, std::shared_ptr<IOManager>>>;

  /// Errors: kInvalid  a rule that names no backend (the nearest is offered) or cannot be
  ///                   read, two backends of one name, a name that is empty or has a dot,
  ///                   a backend that is null
  static Result<std::shared_ptr<RoutingIOManager>> Make(Backends backends,
                                                        RoutingRules rules);

  Status HandleOutput(OutputContext& context, const Value& value) override;

  /// Errors: those of the backend; kInvalid: the value is in a backend that is not here
  Result<Value> LoadInput(const InputContext& context) override;
  Result<bool> Has(const OutputContext& output) override;

  /// Kind "routing", if all backends have an Info; its configuration tells theirs.
  std::optional<IOManagerInfo> Info() const override;

  /// Returns the name of the backend that the rules choose for an output.
  ///
  /// Errors: kInvalid  the asset's metadata names none of the backends
  Result<std::string> BackendFor(const OutputContext& output) const;

  /// Returns the rules in the order in which they are asked, a line each.
  std::string DescribeRules() const;

 private:
  RoutingIOManager(Backends backends, RoutingRules rules);

  Result<IOManager*> Find(const std::string& backend, const OutputContext& of) const;
  Result<std::string> BackendOf(const OutputContext& stored) const;
  Result<Value> LoadOne(const InputContext& context) const;

  Backends backends_;
  RoutingRules rules_;
};

/// Returns the name of the backend of a routing manager that stored an output, by its
/// receipts and metadata; nullopt where they do not tell.
std::optional<std::string> StoredBackend(const OutputContext& stored);

/// Returns a routing manager's configuration with that of each backend replaced by what
/// `change` makes of it.
std::string WithBackendConfigs(
    const std::string& routing_config,
    const std::function<std::string(const IOManagerInfo& backend)>& change);

/// Returns kind and configuration of one backend, out of a routing manager's own.
///
/// Errors: kNotFound  it had none of that name
///         kCorrupt   that is no routing manager's configuration
Result<IOManagerInfo> BackendInfo(const std::string& routing_config,
                                  const std::string& backend);

}  // namespace entrepot
