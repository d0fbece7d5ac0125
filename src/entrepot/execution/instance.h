#pragma once

/// \file entrepot/execution/instance.h
/// An event log and a home for values: where a program's work is remembered.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "entrepot/codec/registry.h"
#include "entrepot/durability.h"
#include "entrepot/events/event_log.h"
#include "entrepot/io/context.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/io_manager.h"
#include "entrepot/value/traits.h"

namespace entrepot {

struct InstanceOptions {
  /// Of the log and of the default storage. kFast: a crash of the process loses nothing,
  /// but a loss of power may take the last moments with it.
  Durability durability = Durability::kFull;

  /// The formats of the default storage.
  CodecRegistry codecs = CodecRegistry::WithBuiltins();
};

/// How a value is stored or loaded without a graph. Plain data.
struct StoreOptions {
  Metadata metadata{};
  std::optional<std::string> partition{};   ///< nullopt: the asset has none.
  std::shared_ptr<IOManager> io_manager{};  ///< Null: the instance's default.
};
struct LoadOptions {
  LoadRequest request{};
  std::optional<std::string> partition{};  ///< nullopt: the asset has none.

  /// Where warnings go (a value that could not be verified); null: into the event log.
  std::shared_ptr<StepLog> log{};

  /// The manager to load by; null: the one that stored the value.
  std::shared_ptr<IOManager> io_manager{};

  /// What the manager is told beside what the log knows. AssetValueLoader fills in what
  /// definitions say.
  std::shared_ptr<const AssetFacts> facts{};      ///< Of the asset; null: nothing.
  std::string output_name = "result";             ///< Of the step that makes it.
  PartitionsPtr partitions{};                     ///< Of the asset; null: not known.
  std::shared_ptr<const void> resource_config{};  ///< Of the manager.
  Metadata definition_metadata{};                 ///< The load's own, as of an input.
  std::shared_ptr<const Resources> resources{};   ///< Null: none.
  std::shared_ptr<const void> host{};  ///< As InputContext::host: of the consumer.
};

/// Safe for concurrent use. After a fork, the child may go on using it.
class Instance {
 public:
  /// A log in memory, values in a temporary folder; both die with the object.
  static Result<std::shared_ptr<Instance>> Ephemeral(InstanceOptions options = {});

  /// A log (entrepot.db) and values (storage/) in folder `home`, which is made if it is
  /// not there. Runs whose process is gone without having ended them are recorded as
  /// interrupted, where the log can be written at once.
  ///
  /// Errors: those of OpenSqliteEventLog
  static Result<std::shared_ptr<Instance>> Open(const std::string& home,
                                                InstanceOptions options = {});

  /// The user's persistent instance: Open(HomeFromEnvironment()).
  static Result<std::shared_ptr<Instance>> Get(InstanceOptions options = {});

  /// Returns $ENTREPOT_HOME, else $XDG_DATA_HOME/entrepot, else
  /// $HOME/.local/share/entrepot.
  ///
  /// Errors: kInvalid  none of them is set
  static Result<std::string> HomeFromEnvironment();

  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  bool is_ephemeral() const { return is_ephemeral_; }
  const std::string& home() const { return home_; }
  std::string storage_folder() const { return home_ + "/storage"; }
  EventLog& log() const { return *log_; }
  const InstanceOptions& options() const { return options_; }

  /// Refers to this object without keeping it alive.
  const std::weak_ptr<Instance>& weak_self() const { return self_; }

  /// Removes the folder of an ephemeral instance, for a process that ends without
  /// destroying the object. The log stays readable, stored values do not.
  void RemoveIfEphemeral();

  /// Names it in messages: instance '/home/x', or "this ephemeral instance".
  std::string Describe() const;

  /// Stores a value under a key such as "runs/42/mesh", logs it, and returns its receipts
  /// once both are as durable as the instance.
  template <typename T>
  Result<std::vector<Receipt>> Store(std::string_view key, T object,
                                     const StoreOptions& options = {}) {
    ENTREPOT_ASSIGN_OR_RETURN(const AssetKey parsed, AssetKey::Parse(key));
    auto value = ToValue<T>(std::move(object));
    if (!value) return value.error().While(fmt::format("storing asset '{}'", key));
    return StoreValue(parsed, *value, options);
  }
  Result<std::vector<Receipt>> StoreValue(const AssetKey& key, const Value& value,
                                          const StoreOptions& options = {});

  /// Loads what was last materialized or stored under a key.
  ///
  /// Errors: kNotFound  never materialized (the nearest keys are offered), materialized
  ///                    without a value, gone from its place, or kept only in the memory
  ///                    of a run that is over; otherwise the manager's
  template <typename T>
  Result<T> Load(std::string_view key, LoadOptions options = {}) {
    ENTREPOT_ASSIGN_OR_RETURN(const AssetKey parsed, AssetKey::Parse(key));
    if constexpr (std::is_same_v<T, RecordBatchReaderPtr>)
      options.request.as_stream = true;
    ENTREPOT_ASSIGN_OR_RETURN(const Value value, LoadValue(parsed, options));
    auto object = FromValue<T>(value);
    if (!object) return object.error().While(fmt::format("loading asset '{}'", key));
    return object;
  }
  Result<Value> LoadValue(const AssetKey& key, const LoadOptions& options = {});

  /// Returns the kNotFound of an asset (partition) that has no value: says what there is.
  Error NeverMaterialized(const AssetKey& key,
                          const std::optional<std::string>& partition) const;

  /// Makes a filesystem manager from configuration: base_dir defaults to
  /// storage_folder(), durability to the instance's.
  Result<std::shared_ptr<IOManager>> MakeFileSystemIOManager(
      const std::string& config, FileOfHandle file_of_handle = {}) const;

  /// The filesystem manager of storage_folder(), made when first asked for.
  Result<std::shared_ptr<IOManager>> DefaultIOManager() const;

  /// Remembers, in this process, that `manager` holds the last value of an asset, so that
  /// it can be loaded without definitions; null: none does any more. A volatile manager
  /// is not kept alive.
  void Remember(const AssetKey& key, const std::optional<std::string>& partition,
                const std::shared_ptr<IOManager>& manager, bool is_volatile = false);

  /// Returns the manager that can load what `materialization` stored.
  ///
  /// Errors: kNotFound  it was in memory and is gone; a user-written manager of another
  ///                    process
  Result<std::shared_ptr<IOManager>> ManagerOf(
      const Materialization& materialization) const;

  /// Returns what the log keeps of a manager: its kind and configuration, where it is
  /// built in.
  IOManagerRecord RecordOf(const std::string& key,
                           const std::optional<IOManagerInfo>& info) const;

 private:
  struct Remembered {
    std::shared_ptr<IOManager> owned;  // Null for a volatile manager.
    std::weak_ptr<IOManager> manager;
  };

  Instance(std::string home, bool is_ephemeral, std::unique_ptr<EventLog> log,
           InstanceOptions options);
  static std::shared_ptr<Instance> Share(std::unique_ptr<Instance> instance);

  // Not enable_shared_from_this: a host language would take it for leave to own the
  // object past its own wrapper, which decides where the object ends.
  std::weak_ptr<Instance> self_;
  std::string home_;
  bool is_ephemeral_;
  int owner_process_;
  std::unique_ptr<EventLog> log_;
  InstanceOptions options_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<IOManager> default_io_manager_;  // Under mutex_.
  std::map<std::pair<AssetKey, std::optional<std::string>>, Remembered> remembered_;
};

/// Returns the context under which a logged value is loaded again: what the log tells of
/// it, and of the rest what is `known` besides.
std::shared_ptr<const OutputContext> OutputContextOf(
    const Materialization& materialization, OutputContext::Fields known);

}  // namespace entrepot
