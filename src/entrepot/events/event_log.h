#pragma once

/// \file entrepot/events/event_log.h
/// The append-only history, and the questions people ask of it.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "entrepot/durability.h"
#include "entrepot/events/event.h"
#include "entrepot/result.h"

namespace entrepot {

/// One run, as its events left it.
struct RunRecord {
  std::string run_id;
  RunStatus status = RunStatus::kStarted;
  UnixMicros started = 0;
  UnixMicros finished = 0;  ///< 0 while it goes on.
  int num_steps = 0;
  std::string host;
  std::int64_t pid = 0;
  std::int64_t process_start = 0;
  std::string error{};

  ProcessIdentity process() const { return {host, pid, process_start}; }
};

/// One step of a run, as its events left it.
struct StepRecord {
  std::string run_id;
  std::string step_key;
  StepStatus status = StepStatus::kStarted;
  int attempts = 0;
  UnixMicros started = 0;   ///< Of the first attempt.
  UnixMicros finished = 0;  ///< 0 while it goes on.
  std::string error{};
};

/// One input of a logged materialization.
struct InputRecord {
  std::string name;
  AssetKey key;
  std::optional<std::string> partition{};
  EventId source = 0;  ///< The materialization it read; 0 where none is known.
  bool handed_over = false;
  TransferStats load;
};

/// A logged materialization.
struct Materialization {
  EventId id = 0;
  UnixMicros time = 0;
  std::string run_id;
  std::string step_key;
  AssetKey key;
  std::optional<std::string> partition{};
  std::vector<Receipt> receipts;
  Metadata metadata;
  std::string code_version;
  IOManagerRecord io_manager;
  std::vector<InputRecord> inputs;
  double compute_seconds = 0;
  TransferStats store;
};

/// A logged event with its id.
struct EventRecord {
  EventId id = 0;
  Event event;
};

/// What an asset (partition) has now.
struct AssetRecord {
  AssetKey key;
  std::optional<std::string> partition{};
  EventId latest = 0;
};

/// Newest first.
struct RunQuery {
  std::optional<std::string> run_id{};  ///< Only that one.
  bool only_unfinished = false;         ///< Only those that have not finished.
  int limit = 100;
};

/// Oldest first, of one run.
struct EventQuery {
  std::string run_id;
  std::optional<std::string> step_key{};
  EventId after = 0;  ///< Only ids greater than this: for paging and following.
  int limit = 10'000;
};

/// Of one asset or one run.
struct MaterializationQuery {
  std::optional<AssetKey> key{};
  std::optional<std::string> partition{};  ///< Only that one; needs `key`.
  std::optional<std::string> run_id{};
  EventId after = 0;          ///< Only ids greater than this: for paging.
  EventId before = 0;         ///< Only ids less than this (0: no bound): for paging.
  bool oldest_first = false;  ///< Else newest first.
  int limit = 100;
};

enum class LineageDirection {
  kUpstream,    ///< What the materialization read.
  kDownstream,  ///< Those that read it.
};

/// An append-only log. "Latest" is the highest id, never a clock. Safe for concurrent
/// use.
///
/// Append queues and returns at once (a log may let it wait while very many are queued);
/// a group of what is queued becomes durable in one commit, in the order of appending, so
/// what survives a crash is a prefix. Every query sees all that this log object appended
/// before. Destroying a log flushes it.
class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Queues events, to be logged in this order.
  ///
  /// Errors: the first failure of an earlier group; nothing is logged after it, so that
  /// the log stays a prefix of what was appended. kInvalid  an event of a run that was
  /// not started
  virtual Status Append(std::vector<Event> events) = 0;

  /// Returns when all that was appended before is durable (or has failed to become so).
  ///
  /// Errors: kUnavailable  full disk; locked by another process for longer than the
  /// patience
  virtual Status Flush() = 0;

  virtual Result<std::vector<RunRecord>> Runs(const RunQuery& query) = 0;
  virtual Result<std::vector<StepRecord>> Steps(const std::string& run_id) = 0;
  virtual Result<std::vector<EventRecord>> Events(const EventQuery& query) = 0;
  virtual Result<std::vector<Materialization>> Materializations(
      const MaterializationQuery& query) = 0;
  virtual Result<std::optional<Materialization>> Latest(
      const AssetKey& key, const std::optional<std::string>& partition) = 0;
  virtual Result<std::vector<Materialization>> Lineage(EventId id,
                                                       LineageDirection direction) = 0;

  /// Returns every asset (partition) that was ever materialized, by key.
  virtual Result<std::vector<AssetRecord>> Assets() = 0;
};

/// Makes a log that lives in memory and dies with the object.
std::unique_ptr<EventLog> MakeMemoryEventLog();

struct SqliteEventLogOptions {
  /// kFull: synchronous=FULL; kFast: synchronous=NORMAL.
  Durability durability = Durability::kFull;

  /// How long to wait for a lock that another process holds.
  std::chrono::milliseconds patience{30'000};
};

/// Opens or creates a SQLite log (WAL mode) at `path`. The folder must exist. After a
/// fork, the child's first use opens connections of its own and never touches inherited
/// ones.
///
/// Errors: kCorrupt      not a SQLite database, or damaged; or one of another program
///         kUnsupported  written by a newer version of entrepot; on a network filesystem
///         kUnavailable  locked by another process for longer than the patience
///         kPermission   the file or its folder cannot be written
Result<std::unique_ptr<EventLog>> OpenSqliteEventLog(
    const std::string& path, const SqliteEventLogOptions& options = {});

}  // namespace entrepot
