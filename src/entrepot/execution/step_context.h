#pragma once

/// \file entrepot/execution/step_context.h
/// What a compute function may ask of the step it runs in.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "entrepot/asset/asset_event.h"
#include "entrepot/asset/asset_facts.h"
#include "entrepot/asset/asset_key.h"
#include "entrepot/asset/metadata.h"
#include "entrepot/asset/partitions_definition.h"
#include "entrepot/config/declared_config.h"
#include "entrepot/io/context.h"
#include "entrepot/io/resources.h"
#include "entrepot/io/step_log.h"
#include "entrepot/result.h"
#include "entrepot/value/scratch_folder.h"
#include "entrepot/value/traits.h"

namespace entrepot {

/// The step a compute function runs in; it may outlive the step. One thread at a time,
/// but for log() and stop_token().
class StepContext : public std::enable_shared_from_this<StepContext> {
 public:
  struct Fields {
    std::string run_id{};
    std::string step_key{};
    std::optional<AssetKey> asset_key{};         ///< Of its first output.
    std::optional<std::string> partition{};      ///< Of the asset.
    std::optional<std::string> run_partition{};  ///< Of the run, whatever the asset's.
    PartitionsPtr partitions{};                  ///< Of the asset; null: it has none.
    int attempt = 1;
    std::shared_ptr<const AssetFacts> facts{};
    std::shared_ptr<const Resources> resources{};
    std::weak_ptr<Instance> instance{};
    std::shared_ptr<StepLog> log{};
    std::stop_token stop_token{};
    std::string job_name{};
    std::shared_ptr<const void> host{};  ///< What a host language attached to the step.
    ReadConfig config{};                 ///< As the step declared it; null: none.
    std::string scratch_parent{};        ///< Where scratch_folder() is made.
    std::function<Status(const std::string& output, Value)> yield{};
    std::function<Result<Value>(const AssetKey&, const std::optional<std::string>&,
                                LoadRequest, std::shared_ptr<const void> host)>
        load{};
  };

  explicit StepContext(Fields fields) : fields_(std::move(fields)) {}

  const std::string& run_id() const { return fields_.run_id; }
  const std::string& step_key() const { return fields_.step_key; }
  const std::optional<AssetKey>& asset_key() const { return fields_.asset_key; }
  const std::optional<std::string>& partition() const { return fields_.partition; }
  const std::optional<std::string>& run_partition() const {
    return fields_.run_partition;
  }
  const PartitionsPtr& partitions() const { return fields_.partitions; }

  /// 1 for the first try.
  int attempt() const { return fields_.attempt; }
  const AssetFacts& facts() const { return *fields_.facts; }
  StepLog& log() const { return *fields_.log; }
  const std::shared_ptr<StepLog>& shared_log() const { return fields_.log; }

  /// Asks a long computation to give up: return an error of kCancelled, or throw.
  const std::stop_token& stop_token() const { return fields_.stop_token; }

  const std::string& job_name() const { return fields_.job_name; }
  const std::shared_ptr<const void>& host() const { return fields_.host; }

  /// Returns the configuration of a step that was defined with Config<Options>(). Throws
  /// ErrorException where it was not.
  template <typename Options>
  const Options& config() const {
    return ConfigAs<Options>(fields_.config, "step '" + fields_.step_key + "'");
  }
  const ReadConfig& read_config() const { return fields_.config; }

  /// Loads the last value of an asset (partition) that is no input of the step, by the
  /// manager that the definitions say. It does not become part of the lineage.
  ///
  /// Errors: those of Instance::Load, and of making the manager
  Result<Value> LoadValue(const AssetKey& key,
                          const std::optional<std::string>& partition = {},
                          LoadRequest request = {},
                          std::shared_ptr<const void> host = {}) const {
    return fields_.load(key, partition, std::move(request), std::move(host));
  }
  template <typename T>
  Result<T> Load(std::string_view key,
                 const std::optional<std::string>& partition = {}) const {
    ENTREPOT_ASSIGN_OR_RETURN(const AssetKey parsed, AssetKey::Parse(key));
    ENTREPOT_ASSIGN_OR_RETURN(
        const Value value,
        LoadValue(parsed, partition,
                  {.as_stream = std::is_same_v<T, RecordBatchReaderPtr>}));
    return FromValue<T>(value);
  }

  /// Returns a folder for the step's files, made when first asked for. It is removed when
  /// the step, and the last value that lies in it, is gone. A path in it, returned or
  /// yielded, is stored as a file or folder without being copied where that can be.
  ///
  /// Errors: those of the filesystem
  Result<std::shared_ptr<ScratchFolder>> scratch_folder();

  /// Returns a path in that folder where there is nothing yet, for a library that writes
  /// a file of its own: step.NewFile(".vtk").
  Result<FilePath> NewFile(std::string_view extension = {});

  /// The folder, if it was asked for; else null.
  const std::shared_ptr<ScratchFolder>& made_scratch_folder() const { return scratch_; }

  template <typename T>
  Result<std::shared_ptr<T>> resource(const std::string& key) const {
    return fields_.resources->Get<T>(key);
  }
  const Resources& resources() const { return *fields_.resources; }

  /// The run's; null where it is gone: a context keeps none alive.
  std::shared_ptr<Instance> instance() const { return fields_.instance.lock(); }

  /// Logs what is to be said of any asset, at once.
  ///
  /// Errors: kInvalid  a name is twice in its metadata
  Status LogEvent(AssetEvent event);

  /// Adds to what the log will keep of an output's value; a name that an earlier call
  /// added is replaced. Before the output is yielded or returned: one that has a name
  /// twice is refused then.
  void AddOutputMetadata(Metadata metadata, const std::string& output = "result");
  const Metadata& output_metadata(const std::string& output = "result") const;

  /// Gives one of the step's outputs its value, which is stored at once; nothing (a value
  /// of kind kNothing) materializes it without one. For steps of several outputs; the
  /// only output of a step is what its function returns.
  ///
  /// Errors: kInvalid  no such output; made before; those of its manager
  template <typename T>
  Status Yield(const std::string& output, T object) {
    ENTREPOT_ASSIGN_OR_RETURN(Value value, ToValue<T>(std::move(object)));
    return fields_.yield(output, std::move(value));
  }

 private:
  Fields fields_;
  std::map<std::string, Metadata> output_metadata_;
  std::shared_ptr<ScratchFolder> scratch_;
};

}  // namespace entrepot
