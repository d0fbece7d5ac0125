#pragma once

/// \file entrepot/execution/run_resources_internal.h
/// The resources of one run.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "entrepot/execution/checked_config_internal.h"

namespace entrepot {
struct LoadOptions;
}

namespace entrepot::internal {

/// Makes resources when they are asked for, each once and after those it requires, and
/// tears them down in the reverse order. Borrows bindings and instance until TearDown.
/// Safe for concurrent use; who asks while another resource is made waits for that.
class RunResources : public std::enable_shared_from_this<RunResources> {
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
  ///
  /// Errors: that making one failed, and of which; those of OrderResources; kInvalid: not
  ///         made before TearDown
  Status Make(std::span<const std::string> keys);

  /// Returns the manager of a key; the instance's for the default key, if none is bound.
  ///
  /// Errors: those of Make
  Result<std::shared_ptr<IOManager>> MakeIOManager(const std::string& key);

  /// An I/O manager is one as well.
  Result<std::shared_ptr<InputManager>> MakeInputManager(const std::string& key);

  /// Returns all that is bound: what is made so far, the rest to be made when it is asked
  /// for. It may outlive this object.
  Resources All();

  /// Adds what the definitions say of an asset to what the caller of a load did not set.
  ///
  /// Errors: those of Make
  Status AddDeclared(const StepSpec& step, const StepOutput& asset, LoadOptions& options);

  /// Returns what a resource was made of (MadeResource::config), or null.
  std::shared_ptr<const void> ConfigOf(const std::string& key) const;

  /// Whether a resource, or what it requires, is of no use after TearDown.
  bool EndsWithRun(const std::string& key) const;

  /// Tears down everything, whatever fails on the way; each failure is logged. Nothing is
  /// made any more.
  ///
  /// Errors: the first one
  Status TearDown();

 private:
  struct Teardown {
    std::string key;
    std::function<Status()> call;
  };

  Result<std::any> MakeAny(const std::string& key);
  Status MakeInOrder(std::span<const std::string> keys);  // Under mutex_.
  Status MakeOne(const std::string& key);                 // Under mutex_.
  Result<MadeResource> Call(const std::string& key, const ResourceBinding& binding);

  const ResourceBindings& bindings_;
  const Instance& instance_;
  const std::string run_id_;
  const std::shared_ptr<StepLog> log_;
  CheckedConfig config_;
  mutable std::mutex mutex_;  // Guards what follows.
  bool is_over_ = false;
  std::map<std::string, std::any> made_;
  std::map<std::string, std::shared_ptr<const void>> configs_;
  std::set<std::string> ending_;
  std::vector<Teardown> teardowns_;  // In the order of making.
};

}  // namespace entrepot::internal
