#pragma once

/// \file entrepot/execution/run_result.h
/// What a run did.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "entrepot/events/event.h"
#include "entrepot/execution/instance.h"

namespace entrepot {

/// What became of one output of a step. Plain data.
struct OutputOutcome {
  std::string name{};
  std::optional<AssetKey> key{};           ///< Nullopt: an op's output.
  std::optional<std::string> partition{};  ///< Of the asset.
  bool is_made = false;                    ///< The step made it, with a value or without.
  bool stored = false;                     ///< A value was given to a manager.
  std::vector<Receipt> receipts{};
  Metadata metadata{};
  TransferStats store{};
  EventIdRef id{};  ///< Of the materialization; null where there is none.

  /// "a/b[2024-01-01]", or the step and the name.
  std::string ToString(const std::string& step_key) const;
};

/// What became of one step. Plain data.
struct StepOutcome {
  std::string step_key{};
  std::optional<std::string> partition{};
  StepStatus status =
      StepStatus::kInterrupted;  ///< kInterrupted: never begun, or stopped.
  int attempts = 0;
  std::optional<Error> error{};  ///< Of the last attempt that failed.

  UnixMicros finished = 0;
  std::vector<InputRead> inputs{};  ///< The assets that were read, also by inner steps.
  double load_seconds = 0;
  double compute_seconds = 0;
  std::vector<OutputOutcome> outputs{};
};

/// The result of a run. Keeps small values (and those that nobody else has); larger ones
/// are read again when asked for. Safe for concurrent use.
class RunResult {
 public:
  /// A value the run made: kept, or where it can be read again.
  struct KeptOutput {
    Value kept{};
    std::shared_ptr<IOManager> manager{};
    std::shared_ptr<const OutputContext> context{};
  };

  RunResult(std::string run_id, RunStatus status, std::shared_ptr<Instance> instance,
            std::vector<StepOutcome> steps, std::vector<std::vector<KeptOutput>> outputs,
            std::optional<Error> error = {});

  /// What failed of the run beside its steps: the teardown of a resource; on_progress or
  /// poll, which threw.
  const std::optional<Error>& error() const { return error_; }
  bool success() const { return status_ == RunStatus::kSuccess; }
  RunStatus status() const { return status_; }
  const std::string& run_id() const { return run_id_; }
  const std::shared_ptr<Instance>& instance() const { return instance_; }

  /// In the order of the plan.
  const std::vector<StepOutcome>& steps() const { return steps_; }

  /// Returns the outcome of the step that makes an asset, or that has a key; or null.
  const StepOutcome* Find(const AssetKey& key) const;
  const StepOutcome* Find(std::string_view step_key) const;

  /// Returns the first failure (user code's own exception inside), or success.
  Status ToStatus() const;

  /// Returns the value a step of this run made.
  ///
  /// Errors: kInvalid   no such step; it did not succeed; it stored nothing
  ///         kConflict  the value had to be read again, and another run has replaced it
  Result<Value> OutputValue(const AssetKey& key, LoadRequest request = {}) const;
  Result<Value> OutputValue(std::string_view step_key, std::string_view output,
                            LoadRequest request = {}) const;

  template <typename T>
  Result<T> Output(std::string_view key) const {
    ENTREPOT_ASSIGN_OR_RETURN(const AssetKey parsed, AssetKey::Parse(key));
    ENTREPOT_ASSIGN_OR_RETURN(
        const Value value,
        OutputValue(parsed, {.as_stream = std::is_same_v<T, RecordBatchReaderPtr>}));
    return FromValue<T>(value);
  }

 private:
  std::string run_id_;
  RunStatus status_;
  std::shared_ptr<Instance> instance_;
  std::vector<StepOutcome> steps_;
  struct Place {
    size_t step = 0;
    size_t output = 0;
  };

  Result<Value> ValueAt(Place place, LoadRequest request) const;

  std::optional<Error> error_;
  std::vector<std::vector<KeptOutput>> outputs_;  // As steps_ and their outputs.
  std::unordered_map<AssetKey, Place> by_key_;
  std::unordered_map<std::string, size_t> by_step_;
};

}  // namespace entrepot
