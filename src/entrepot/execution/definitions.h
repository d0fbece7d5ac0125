#pragma once

/// \file entrepot/execution/definitions.h
/// The assets of a program and the resources they use.

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "entrepot/execution/asset.h"
#include "entrepot/io/io_manager.h"

namespace entrepot {

class Instance;

/// What a resource is made for: a run.
struct ResourceContext {
  const Instance& instance;
  std::string key;
  std::string run_id;
};

/// Makes an I/O manager for one run.
using IOManagerFactory =
    std::function<Result<std::shared_ptr<IOManager>>(const ResourceContext&)>;

/// An I/O manager as it was bound: an object that outlives runs, or what makes one per
/// run.
struct IOManagerBinding {
  std::shared_ptr<IOManager> manager;
  IOManagerFactory factory;

  /// Returns the object, or has one made. Never null.
  ///
  /// Errors: those of the factory; kInvalid  it made none
  Result<std::shared_ptr<IOManager>> ManagerFor(const ResourceContext& context) const;
};

/// Assets and resources that belong together. One thread at a time until it is run.
class Definitions {
 public:
  /// Adds an asset. Never fails: Validate tells what is wrong with it.
  void Add(Asset asset);
  void Add(AssetDefinition asset);

  /// Binds an I/O manager, or what makes one per run; "io_manager" is the default of
  /// every asset. A key bound again is a fault.
  void Bind(const std::string& key, std::shared_ptr<IOManager> manager);
  void Bind(const std::string& key, IOManagerFactory factory);

  /// Binds anything else that compute functions and managers use by key.
  template <typename T>
    requires(!std::is_convertible_v<T*, IOManager*>)
  void Bind(const std::string& key, std::shared_ptr<T> resource) {
    BindAny(key, std::move(resource));
  }

  /// Checks everything and returns the graph.
  ///
  /// Errors: kInvalid  every fault, a line each: of assets, the graph, missing managers
  Result<AssetGraph> Graph() const;

  /// Graph's faults alone.
  Status Validate() const;

  const std::vector<AssetDefinition>& assets() const { return assets_; }
  const std::map<std::string, IOManagerBinding>& io_managers() const {
    return io_managers_;
  }
  const std::map<std::string, std::any>& resources() const { return resources_; }

 private:
  void BindAny(const std::string& key, std::any resource);
  void CheckUnbound(const std::string& key);

  std::vector<AssetDefinition> assets_;
  std::map<std::string, IOManagerBinding> io_managers_;
  std::map<std::string, std::any> resources_;
  std::vector<std::string> faults_;
};

/// A manager that keeps values in memory until its run is over.
IOManagerFactory MemoryIOManagerFactory();

/// A filesystem manager by configuration (file_system_io_manager.h); its base_dir is the
/// instance's storage folder unless the configuration names one.
///
/// Errors: kInvalid  in the configuration; told when the run starts
IOManagerFactory FileSystemIOManagerFactory(std::string config_json = "{}");

}  // namespace entrepot
