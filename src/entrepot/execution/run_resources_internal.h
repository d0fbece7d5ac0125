#pragma once

/// \file entrepot/execution/run_resources_internal.h
/// The resources of one run.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "entrepot/execution/checked_config_internal.h"

namespace entrepot::internal {

/// Makes resources when they are asked for, each once and after those it requires, and
/// tears them down in the reverse order. Borrows bindings and instance. One thread at a
/// time.
class RunResources {
 public:
  RunResources(const ResourceBindings& bindings, const Instance& instance,
               std::string run_id, std::shared_ptr<StepLog> log);

  /// Tears down what still stands. What fails then is told by the log alone.
  ~RunResources();
  RunResources(const RunResources&) = delete;
  RunResources& operator=(const RunResources&) = delete;

  /// Takes what the resources are configured by. Before any is made; without it, those
  /// that declare a configuration cannot be.
  void UseConfig(CheckedConfig config) { config_ = std::move(config); }

  /// Makes those that are no managers, and what they require: code may ask for any of
  /// them, declared or not. Managers are made when something names them.
  ///
  /// Errors: those of Make
  Status MakeNonManagers();

  /// Makes resources of any kind, and what they require.
  Status Make(std::span<const std::string> keys);

  /// Returns the manager of a key; the instance's for the default key, if none is bound.
  ///
  /// Errors: that making it or what it requires failed, and of which; those of
  ///         OrderResources
  Result<std::shared_ptr<IOManager>> MakeIOManager(const std::string& key);

  /// An I/O manager is one as well.
  Result<std::shared_ptr<InputManager>> MakeInputManager(const std::string& key);

  /// Those made so far.
  const std::map<std::string, std::any>& made() const { return made_; }

  /// Returns what a resource was made of (MadeResource::config), or null.
  std::shared_ptr<const void> ConfigOf(const std::string& key) const;

  /// Whether a resource, or what it requires, is of no use after TearDown.
  bool EndsWithRun(const std::string& key) const { return ending_.contains(key); }

  /// Tears down everything, whatever fails on the way; each failure is logged.
  ///
  /// Errors: the first one
  Status TearDown();

 private:
  struct Teardown {
    std::string key;
    std::function<Status()> call;
  };

  Status MakeOne(const std::string& key);
  Result<MadeResource> Call(const std::string& key, const ResourceBinding& binding);

  const ResourceBindings& bindings_;
  const Instance& instance_;
  const std::string run_id_;
  const std::shared_ptr<StepLog> log_;
  CheckedConfig config_;
  std::map<std::string, std::any> made_;
  std::map<std::string, std::shared_ptr<const void>> configs_;
  std::set<std::string> ending_;
  std::vector<Teardown> teardowns_;  // In the order of making.
};

}  // namespace entrepot::internal
