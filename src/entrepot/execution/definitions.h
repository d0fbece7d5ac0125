#pragma once

/// \file entrepot/execution/definitions.h
/// The assets of a program and the resources they use.

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "entrepot/execution/asset.h"
#include "entrepot/execution/job.h"
#include "entrepot/execution/resource.h"

namespace entrepot {

/// Assets, jobs and resources that belong together. One thread at a time until it is run.
class Definitions {
 public:
  /// Adds an asset. Never fails: Validate tells what is wrong with it.
  void Add(Asset asset);
  void Add(MultiAsset assets);
  void Add(StepDefinition step);

  /// Adds a job: ops that ExecuteJob runs, apart from the assets.
  void Add(Job job);

  /// Binds an object that compute functions and managers use by key. An I/O manager may
  /// be named by outputs, one or an input manager by inputs; the I/O manager
  /// "io_manager" is the default of every output. A key bound again is a fault.
  template <typename T>
  void Bind(const std::string& key, std::shared_ptr<T> resource) {
    if (!resource) faults_.push_back(fmt::format("resource '{}' is null", key));
    const std::any held = internal::HeldAsKind(std::move(resource));
    Bind(key, ResourceBinding{.kind = internal::KindOf<T>(),
                              .make = [held](const ResourceContext&) {
                                return Result<MadeResource>({.resource = held});
                              }});
  }

  /// Binds a function that makes the object once per run, before the first step and after
  /// the resources that it requires: it returns a Result<std::shared_ptr<T>>. What the
  /// object's destructor does is done when nothing uses it any more.
  ///
  ///   defs.Bind("warehouse", [](const ep::ResourceContext& context)
  ///                              -> ep::Result<std::shared_ptr<Warehouse>> {
  ///     ENTREPOT_ASSIGN_OR_RETURN(auto db, context.resources.Get<Database>("db"));
  ///     return Warehouse::Open(*db);
  ///   }, {"db"});
  template <typename Make>
    requires std::invocable<Make&, const ResourceContext&>
  void Bind(const std::string& key, Make make,
            std::vector<std::string> required_keys = {}) {
    if constexpr (requires { make.target_type(); }) {
      if (!make) faults_.push_back(fmt::format("resource '{}' is null", key));
    }
    Bind(key, internal::BindingOf(std::move(make), std::move(required_keys)));
  }

  /// Binds a function that makes the object from a configuration, which runs may give; it
  /// may take the ResourceContext, too.
  ///
  ///   defs.Bind<ep::HttpInputOptions>("api", ep::HttpInput::Make);
  template <Configurable Options, typename Make>
    requires std::invocable<const Make&, const Options&> ||
             std::invocable<const Make&, const Options&, const ResourceContext&>
  void Bind(const std::string& key, Make make,
            std::vector<std::string> required_keys = {}) {
    ResourceBinding binding = internal::BindingOf(
        [make = std::move(make)](const ResourceContext& context) {
          if constexpr (std::invocable<const Make&, const Options&>) {
            return make(context.config<Options>());
          } else {
            return make(context.config<Options>(), context);
          }
        },
        std::move(required_keys));
    binding.config = DeclareConfig<Options>();
    Bind(key, std::move(binding));
  }

  /// Binds what makes a resource that has a teardown, or a configuration to tell of.
  void Bind(const std::string& key, ResourceBinding binding);

  /// Checks everything and returns the graph of the assets.
  ///
  /// Errors: kInvalid  every fault, a line each: of steps, graphs, resources
  Result<StepGraph> Graph() const;

  /// Returns the graph of a job.
  ///
  /// Errors: kInvalid  no such job (the nearest is named); its faults
  Result<StepGraph> GraphOf(std::string_view job) const;

  /// Graph's faults alone.
  Status Validate() const;

  /// The steps that make assets.
  const std::vector<StepDefinition>& steps() const { return steps_; }
  const std::map<std::string, Job>& jobs() const { return jobs_; }
  const ResourceBindings& resources() const { return resources_; }

 private:
  void AddBuilt(Result<StepDefinition> step);
  Result<StepGraph> GraphOfSteps(const std::vector<StepDefinition>& steps,
                                 std::vector<std::string>& faults) const;
  void CheckResources(std::vector<std::string>& faults) const;
  void CheckNeeds(const StepDefinition& step, std::vector<std::string>& faults) const;
  void CheckManagers(const StepSpec& step, std::vector<std::string>& faults) const;
  std::vector<std::string> ManagerKeys(bool with_input_managers) const;

  std::vector<StepDefinition> steps_;
  std::map<std::string, Job> jobs_;
  ResourceBindings resources_;
  std::vector<std::string> faults_;
};

/// A manager that keeps values in memory until its run is over.
IOManagerFactory MemoryIOManagerFactory();

/// A filesystem manager by configuration (file_system_io_manager.h), which runs may give;
/// its base_dir is the instance's storage folder unless the configuration names one.
///
/// Errors: kInvalid  in the configuration; told when the run starts
ResourceBinding FileSystemIOManagerFactory(std::string config_json = "{}");

}  // namespace entrepot
