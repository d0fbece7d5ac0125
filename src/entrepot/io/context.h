#pragma once

/// \file entrepot/io/context.h
/// What an I/O manager is told about the value it stores or loads.

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "entrepot/asset/asset_event.h"
#include "entrepot/asset/asset_facts.h"
#include "entrepot/asset/asset_key.h"
#include "entrepot/asset/metadata.h"
#include "entrepot/asset/partitions_definition.h"
#include "entrepot/asset/receipt.h"
#include "entrepot/io/resources.h"
#include "entrepot/io/step_log.h"
#include "entrepot/result.h"

namespace entrepot {

class Instance;

/// The run id of contexts that belong to no run.
inline constexpr char kNoRun[] = "";

/// Identifies an output, and collects what its manager has to say of it: receipts and
/// metadata. As the upstream_output of an input, it carries what was said when the value
/// was stored, whether or not that was in this run. One thread at a time.
class OutputContext : public std::enable_shared_from_this<OutputContext> {
 public:
  /// What a context is made of. Plain data.
  struct Fields {
    std::string name = "result";  ///< Of the output.
    std::string step_key{};
    std::string run_id = kNoRun;
    std::string job_name{};  ///< "" outside of a run.
    std::optional<AssetKey> asset_key{};
    std::optional<std::string> partition{};      ///< Of the asset.
    std::optional<std::string> run_partition{};  ///< Of the run, whatever the asset's.
    PartitionsPtr partitions{};                  ///< Of the asset; null: it has none.
    std::string version{};  ///< Of the value; what a receipt will carry.
    std::string io_manager_key = "io_manager";
    std::shared_ptr<const AssetFacts> asset{};     ///< Never null.
    std::shared_ptr<StepLog> log{};                ///< Null: lines go nowhere.
    std::shared_ptr<const Resources> resources{};  ///< Null: none.
    std::shared_ptr<const void> host{};            ///< As InputContext::Fields::host.
    std::shared_ptr<const void>
        resource_config{};                 ///< Of its manager, as the host has it.
    std::shared_ptr<const void> config{};  ///< Of this output, as the host has it.
    std::vector<Receipt> receipts{};       ///< Of an upstream: what the log has.
    Metadata output_metadata{};
  };

  explicit OutputContext(Fields fields);

  const std::string& name() const { return fields_.name; }
  const std::string& step_key() const { return fields_.step_key; }
  const std::string& run_id() const { return fields_.run_id; }
  const std::optional<AssetKey>& asset_key() const { return fields_.asset_key; }
  const std::optional<std::string>& partition() const { return fields_.partition; }
  const std::optional<std::string>& run_partition() const {
    return fields_.run_partition;
  }
  const PartitionsPtr& partitions() const { return fields_.partitions; }
  const std::string& job_name() const { return fields_.job_name; }
  const std::string& version() const { return fields_.version; }
  const std::shared_ptr<const void>& host() const { return fields_.host; }
  const std::shared_ptr<const void>& resource_config() const {
    return fields_.resource_config;
  }
  const std::shared_ptr<const void>& config() const { return fields_.config; }
  const std::string& io_manager_key() const { return fields_.io_manager_key; }
  const AssetFacts& asset() const { return *fields_.asset; }
  const std::shared_ptr<const AssetFacts>& shared_asset() const { return fields_.asset; }
  StepLog& log() const;

  /// The run's resources; empty outside of one.
  const Resources& resources() const;
  const std::shared_ptr<const Resources>& shared_resources() const {
    return fields_.resources;
  }

  /// What is known of the value beside itself: from the step's own code and from its
  /// manager, whose entry wins where both have one of the same name.
  const Metadata& output_metadata() const { return fields_.output_metadata; }

  /// What was added here: the manager's share of output_metadata().
  const Metadata& logged_metadata() const { return logged_metadata_; }

  /// Adds to what the log will keep of the value.
  ///
  /// Errors: kInvalid  a name that was added here before, or is there twice; nothing is
  ///                   added then
  Status AddOutputMetadata(Metadata metadata);

  /// Logs what is to be said of this or another asset, at once.
  ///
  /// Errors: kInvalid  a name is twice in its metadata
  Status LogEvent(AssetEvent event);

  /// What was logged here so far.
  const std::vector<AssetEvent>& logged_events() const { return logged_events_; }

  const std::vector<Receipt>& receipts() const { return fields_.receipts; }

  /// Registers something stored; built-in managers do.
  void AddReceipt(Receipt receipt) { fields_.receipts.push_back(std::move(receipt)); }

  /// Forgets a version that no receipt carries: nobody could tell it later.
  void DropUnusedVersion();

  /// [run id, step key, output name]: identifies the output of one run.
  std::vector<std::string> Identifier() const;

  /// The asset's path, then its partition.
  ///
  /// Errors: kInvalid  not an asset
  Result<std::vector<std::string>> AssetIdentifier() const;

  /// What it is made of as it is now, for a context of another manager of the same value.
  const Fields& fields() const { return fields_; }

  /// Names the output in messages: asset 'a/b' (partition 'p'), or output 'x' of step
  /// 'y'.
  std::string Describe() const;

 private:
  Fields fields_;
  Metadata logged_metadata_;
  std::vector<AssetEvent> logged_events_;
};

/// How a value is to be loaded. Plain data.
struct LoadRequest {
  bool as_stream = false;  ///< As a stream of record batches, where the format can.
  bool by_key = false;     ///< Partitions as a map also where one is left of several.
  bool verify = false;  ///< Check the digest also where that means reading a mapped file.
  bool trust = false;   ///< Load even code whose digest nobody knows (DESIGN: pickle).

  /// If not empty: the version the value must still have.
  std::string expected_version{};
};

/// Identifies an input of a step (or a load outside of one): the output it comes from,
/// if any step makes it, and the asset and the partitions that are read. Concurrent const
/// use only, but for AddInputMetadata.
class InputContext {
 public:
  struct Fields {
    std::string name{};      ///< The parameter; "" outside a step.
    std::string step_key{};  ///< The consumer's, for messages; "" outside a step.
    std::string job_name{};
    std::string run_id = kNoRun;

    /// What makes the value; null where nothing does. Of a partitioned asset the one
    /// partition that is read; where that are several or none, none of them.
    std::shared_ptr<const OutputContext> upstream_output{};

    /// What makes each of the partitions that are read, in their order. nullopt: the
    /// asset has no partitions, or the upstream output says which.
    std::optional<std::vector<std::shared_ptr<const OutputContext>>> partition_outputs{};

    std::optional<AssetKey> asset_key{};         ///< nullopt: the upstream output's.
    std::optional<std::string> run_partition{};  ///< Of the run.
    Metadata definition_metadata{};              ///< The input's own.
    std::shared_ptr<const void>
        resource_config{};                 ///< Of its manager, as the host has it.
    std::shared_ptr<const void> config{};  ///< Of this input, as the host has it.
    std::shared_ptr<const void> host{};    ///< What a host language attached to it.
    std::shared_ptr<StepLog> log{};        ///< Null: lines go nowhere.
    std::shared_ptr<const Resources> resources{};  ///< Null: none.
    std::weak_ptr<Instance> instance{};
    std::stop_token stop{};  ///< Of the run.
    LoadRequest request{};
  };

  explicit InputContext(Fields fields);

  const std::string& name() const { return fields_.name; }
  const std::string& run_id() const { return fields_.run_id; }
  const std::string& job_name() const { return fields_.job_name; }
  const std::string& consumer() const { return fields_.step_key; }

  bool has_upstream_output() const { return fields_.upstream_output != nullptr; }

  /// Throws ErrorException (kInvalid) where there is none.
  const OutputContext& upstream_output() const;
  const std::shared_ptr<const OutputContext>& shared_upstream_output() const {
    return fields_.upstream_output;
  }
  const std::optional<AssetKey>& asset_key() const { return fields_.asset_key; }
  const std::optional<std::string>& run_partition() const {
    return fields_.run_partition;
  }

  /// Whether the asset has partitions. Then asset_partition_keys() are those to be read,
  /// in the order of their definition; possibly none.
  bool has_asset_partitions() const { return fields_.partition_outputs.has_value(); }
  const std::vector<std::string>& asset_partition_keys() const { return partition_keys_; }

  const Fields& fields() const { return fields_; }

  /// Returns the context of reading the partition at `index` alone.
  InputContext OfPartition(size_t index) const;

  /// Names what is read in messages: as OutputContext::Describe, or input 'x' of 'y'.
  std::string Describe() const;
  const Metadata& definition_metadata() const { return fields_.definition_metadata; }
  const std::shared_ptr<const void>& host() const { return fields_.host; }
  const std::shared_ptr<const void>& resource_config() const {
    return fields_.resource_config;
  }
  const std::shared_ptr<const void>& config() const { return fields_.config; }

  /// The upstream output's.
  ///
  /// Errors: kInvalid  there is no upstream output
  Result<std::vector<std::string>> Identifier() const;

  /// The asset's path, then its partition where one is read.
  ///
  /// Errors: kInvalid  not an asset
  Result<std::vector<std::string>> AssetIdentifier() const;

  /// Logs what loading showed of the value: of an asset as an observation of each
  /// partition that is read, else as a line. One thread at a time.
  ///
  /// Errors: kInvalid  a name is there twice
  Status AddInputMetadata(Metadata metadata, const std::string& description = {}) const;

  /// The observations that were logged here so far.
  const std::vector<AssetEvent>& observations() const { return observations_; }

  const LoadRequest& request() const { return fields_.request; }

  /// Asks a long load to give up, with an error of kCancelled.
  const std::stop_token& stop_token() const { return fields_.stop; }
  StepLog& log() const;
  const Resources& resources() const;

  /// The instance of the run or the load; null where there is none, or it is gone: a
  /// context keeps none alive. This room only passes it on.
  std::shared_ptr<Instance> instance() const { return fields_.instance.lock(); }

 private:
  Fields fields_;
  std::vector<std::string> partition_keys_;
  mutable std::vector<AssetEvent> observations_;  // What is logged changes no input.
};

}  // namespace entrepot
