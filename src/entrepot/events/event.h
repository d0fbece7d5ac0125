#pragma once

/// \file entrepot/events/event.h
/// What happened, as a closed set of types (docs/formats/event_log.md).

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "entrepot/asset/asset_key.h"
#include "entrepot/asset/metadata.h"
#include "entrepot/asset/receipt.h"
#include "entrepot/clock.h"
#include "entrepot/log_level.h"

namespace entrepot {

/// The id a log gives a row: positive, growing, never reused.
using EventId = std::int64_t;

/// The future id of an event: 0 until its log has written it. Shared between the event
/// and those that refer to it (the materializations a later one reads).
using EventIdRef = std::shared_ptr<std::atomic<EventId>>;

/// Returns a reference to an event that is not logged yet, or to one that is.
inline EventIdRef MakeEventIdRef(EventId id = 0) {
  return std::make_shared<std::atomic<EventId>>(id);
}

enum class RunStatus { kStarted, kSuccess, kFailure, kInterrupted };
enum class StepStatus { kStarted, kSuccess, kFailure, kRetrying, kSkipped, kInterrupted };

/// Names as the log keeps them: "success", "retrying", "warning", …
std::string_view ToString(RunStatus status);
std::string_view ToString(StepStatus status);

/// Names a process for all time: its machine, its id there, and when it started (clock
/// ticks since boot, from /proc/<pid>/stat; 0 where the system does not tell).
struct ProcessIdentity {
  std::string host{};
  std::int64_t pid = 0;
  std::int64_t start = 0;

  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// A run begins. The parts of a ProcessIdentity tell later whether its process still
/// lives.
struct RunStarted {
  std::string host{};
  std::int64_t pid = 0;
  std::int64_t process_start = 0;
  int num_steps = 0;
};

/// A run ends.
struct RunFinished {
  RunStatus status = RunStatus::kSuccess;
  std::string error{};  ///< "" unless it failed, or its process was gone.
};

/// An attempt at a step begins.
struct StepStarted {
  int attempt = 1;
};

/// An attempt at a step failed; kRetrying where another follows.
struct StepFailed {
  StepStatus status = StepStatus::kFailure;  ///< kFailure, kRetrying or kInterrupted.
  int attempt = 1;
  std::string code{};   ///< ToString(ErrorCode).
  std::string error{};  ///< Secrets already removed.
  Metadata metadata{};  ///< Which the step's code gave with its failure.
};

/// A step will not run because one it needs did not succeed.
struct StepSkipped {
  std::string reason{};
};

/// How much one load or store moved, and how long it took. Of a manager that gives no
/// receipts, what is known of the value in memory.
struct TransferStats {
  double seconds = 0;
  std::int64_t size_bytes = 0;
  std::optional<std::int64_t> rows{};

  friend bool operator==(const TransferStats&, const TransferStats&) = default;
};

/// One input a step read.
struct InputRead {
  std::string name{};  ///< The parameter.
  AssetKey key;
  std::optional<std::string> partition{};
  EventIdRef source{};       ///< The materialization it read; null where none is known.
  bool handed_over = false;  ///< Given in memory instead of being read back.
  TransferStats load{};
};

/// Which I/O manager stored a value: enough to make a built-in one again.
struct IOManagerRecord {
  std::string key{};     ///< Its resource key, e.g. "io_manager".
  std::string kind{};    ///< "filesystem", "memory"; "" for a user-written one.
  std::string config{};  ///< JSON of a built-in one, without secrets; else "".

  friend bool operator==(const IOManagerRecord&, const IOManagerRecord&) = default;
};

/// An asset (or one partition of it) has a new value. Also marks its step as succeeded.
struct Materialized {
  AssetKey key;
  std::optional<std::string> partition{};
  EventIdRef id{};  ///< Where the log puts the row's id; may be null.
  std::vector<Receipt>
      receipts{};  ///< All that was stored; none for a user-written manager.
  Metadata metadata{};
  std::string code_version{};
  IOManagerRecord io_manager{};
  std::vector<InputRead> inputs{};  ///< What it read: its lineage.
  double compute_seconds = 0;
  TransferStats store{};
  int attempt = 1;
};

/// What a step stored under no asset's key: an op's output.
struct StoredOutput {
  std::string name{};
  std::vector<Receipt> receipts{};
  Metadata metadata{};
  IOManagerRecord io_manager{};
  TransferStats store{};
};

/// A step that materialized nothing succeeded.
struct StepSucceeded {
  int attempt = 1;
  double compute_seconds = 0;
  std::vector<StoredOutput> outputs{};
};

/// A line that user code or a manager logged; with a key, what it observed of an asset.
struct Logged {
  LogLevel level = LogLevel::kInfo;
  std::string message{};
  std::optional<AssetKey> key{};
  std::optional<std::string> partition{};  ///< Of the asset.
  Metadata metadata{};
};

using EventData = std::variant<RunStarted, RunFinished, StepStarted, StepFailed,
                               StepSkipped, Materialized, StepSucceeded, Logged>;

/// Returns the type's name as the log keeps it, e.g. "materialized".
std::string_view EventTypeName(const EventData& data);

/// One event. `run_id` is "" for a value stored without a run, `step_key` for what
/// concerns the whole run. A step's key is its asset's ToUserString (with its partition
/// in [] where it has one).
struct Event {
  UnixMicros time = 0;
  std::string run_id{};
  std::string step_key{};
  EventData data;

  /// Set where somebody else speaks for the process of a run, which is gone: that
  /// process. A log drops the event if the run has finished meanwhile, or another process
  /// has begun it again. Not kept.
  std::optional<ProcessIdentity> on_behalf_of{};
};

}  // namespace entrepot
