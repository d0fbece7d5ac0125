#pragma once

/// \file entrepot/execution/step_context.h
/// What a compute function may ask of the step it runs in.

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "entrepot/asset/asset_facts.h"
#include "entrepot/asset/asset_key.h"
#include "entrepot/asset/metadata.h"
#include "entrepot/io/resources.h"
#include "entrepot/io/step_log.h"
#include "entrepot/result.h"

namespace entrepot {

/// The step a compute function runs in; it may outlive the step. One thread at a time,
/// but for log() and stop_token().
class StepContext : public std::enable_shared_from_this<StepContext> {
 public:
  struct Fields {
    std::string run_id{};
    std::string step_key{};
    AssetKey asset_key;
    std::optional<std::string> partition{};
    int attempt = 1;
    std::shared_ptr<const AssetFacts> facts{};
    std::shared_ptr<const Resources> resources{};
    std::shared_ptr<StepLog> log{};
    std::stop_token stop_token{};
  };

  explicit StepContext(Fields fields) : fields_(std::move(fields)) {}

  const std::string& run_id() const { return fields_.run_id; }
  const std::string& step_key() const { return fields_.step_key; }
  const AssetKey& asset_key() const { return fields_.asset_key; }
  const std::optional<std::string>& partition() const { return fields_.partition; }

  /// 1 for the first try.
  int attempt() const { return fields_.attempt; }
  const AssetFacts& facts() const { return *fields_.facts; }
  StepLog& log() const { return *fields_.log; }
  const std::shared_ptr<StepLog>& shared_log() const { return fields_.log; }

  /// Asks a long computation to give up: return an error of kCancelled, or throw.
  const std::stop_token& stop_token() const { return fields_.stop_token; }

  template <typename T>
  Result<std::shared_ptr<T>> resource(const std::string& key) const {
    return fields_.resources->Get<T>(key);
  }
  const Resources& resources() const { return *fields_.resources; }

  /// Adds to what the log will keep of the value; a name that is there is replaced.
  void AddOutputMetadata(Metadata metadata);
  const Metadata& output_metadata() const { return output_metadata_; }

 private:
  Fields fields_;
  Metadata output_metadata_;
};

}  // namespace entrepot
