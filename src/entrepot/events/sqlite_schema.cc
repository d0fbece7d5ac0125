#include "entrepot/events/sqlite_schema_internal.h"

#include <chrono>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "entrepot/events/network_filesystem_internal.h"

namespace entrepot {
namespace {

// What each column means: docs/formats/event_log.md.
constexpr const char* kTables = R"sql(
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  run INTEGER REFERENCES runs (id),
  step_key TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL
);
CREATE INDEX events_by_run ON events (run);
CREATE INDEX events_by_step ON events (run, step_key);

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL,
  started INTEGER NOT NULL,
  finished INTEGER NOT NULL,
  num_steps INTEGER NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process_start INTEGER NOT NULL,
  error TEXT NOT NULL
);

CREATE TABLE steps (
  run INTEGER NOT NULL REFERENCES runs (id),
  step_key TEXT NOT NULL,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  started INTEGER NOT NULL,
  finished INTEGER NOT NULL,
  error TEXT NOT NULL,
  first_event INTEGER NOT NULL REFERENCES events (id),
  PRIMARY KEY (run, step_key)
) WITHOUT ROWID;

CREATE TABLE assets (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE
);

CREATE TABLE io_managers (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  config TEXT NOT NULL,
  UNIQUE (key, kind, config)
);

CREATE TABLE materializations (
  id INTEGER PRIMARY KEY REFERENCES events (id),
  asset INTEGER NOT NULL REFERENCES assets (id),
  partition TEXT,
  run INTEGER REFERENCES runs (id),
  attempt INTEGER NOT NULL,
  receipts TEXT NOT NULL,
  metadata TEXT NOT NULL,
  code_version TEXT NOT NULL,
  io_manager INTEGER NOT NULL REFERENCES io_managers (id),
  compute_seconds REAL,
  store_seconds REAL,
  store_bytes INTEGER NOT NULL,
  store_rows INTEGER,
  num_inputs INTEGER NOT NULL
);
CREATE INDEX materializations_by_asset ON materializations (asset);
CREATE INDEX materializations_by_partition ON materializations (asset, partition);
CREATE INDEX materializations_by_run ON materializations (run);

CREATE TABLE latest (
  asset INTEGER NOT NULL REFERENCES assets (id),
  partitioned INTEGER NOT NULL,
  partition TEXT NOT NULL,
  id INTEGER NOT NULL REFERENCES materializations (id),
  PRIMARY KEY (asset, partitioned, partition)
) WITHOUT ROWID;

CREATE TABLE inputs (
  materialization INTEGER NOT NULL REFERENCES materializations (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  asset INTEGER NOT NULL REFERENCES assets (id),
  partition TEXT,
  source INTEGER REFERENCES materializations (id),
  handed_over INTEGER NOT NULL,
  seconds REAL,
  bytes INTEGER NOT NULL,
  rows INTEGER,
  PRIMARY KEY (materialization, position)
) WITHOUT ROWID;
CREATE INDEX inputs_by_source ON inputs (source) WHERE source IS NOT NULL;
)sql";

// Came to version 1 late: logs without it are whole, and get it when they are opened.
constexpr const char* kIndexOfUnfinishedRuns =
    "CREATE INDEX IF NOT EXISTS unfinished_runs ON runs (status) WHERE status = "
    "'started'";

constexpr std::string_view kNames[] = {"events",
                                       "events_by_run",
                                       "events_by_step",
                                       "runs",
                                       "steps",
                                       "assets",
                                       "io_managers",
                                       "materializations",
                                       "materializations_by_asset",
                                       "materializations_by_partition",
                                       "materializations_by_run",
                                       "latest",
                                       "inputs",
                                       "inputs_by_source"};

enum class FileState { kEmpty, kLog };

// The folder, before SQLite gets to say only "unable to open database file".
Status CheckFolder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  ENTREPOT_RETURN_IF_ERROR(CheckIsLocal(folder));
  if (faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return PermissionDenied(
        "folder '{}' of event log '{}' cannot be written; check its permissions, since "
        "an "
        "event log keeps files beside itself",
        folder, path);
  }
  std::error_code failure;  // What cannot be looked at, SQLite reports.
  if (std::filesystem::is_directory(path, failure)) {
    return Invalid("'{}' is a folder; an event log is a file", path);
  }
  return {};
}

Status CheckIsOurs(SqliteDatabase& database, std::int64_t application,
                   std::int64_t version) {
  const std::string& path = database.path();
  if (application != kSqliteApplicationId) {
    return Corrupt(
        "'{}' is a SQLite database of another program, not an event log; choose another "
        "path",
        path);
  }
  if (version > kSqliteSchemaVersion) {
    return Unsupported(
        "event log '{}' was written by a newer version of entrepot (schema {}, this "
        "build "
        "knows {}); use that version or another log",
        path, version, kSqliteSchemaVersion);
  }
  ENTREPOT_ASSIGN_OR_RETURN(
      SqliteStatement exists,
      database.Prepare("SELECT 1 FROM sqlite_schema WHERE name = ?"));
  for (const std::string_view name : kNames) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto found, exists.QueryInt(name));
    if (!found) {
      return Corrupt("event log '{}' is damaged: it has no '{}'; restore it from a copy",
                     path, name);
    }
  }
  return {};
}

Result<FileState> Recognise(SqliteDatabase& database) {
  // One transaction, so that the answers belong together.
  ENTREPOT_RETURN_IF_ERROR(database.Execute("BEGIN"));
  const auto look = [&]() -> Result<FileState> {
    ENTREPOT_ASSIGN_OR_RETURN(const auto num_objects,
                              database.QueryInt("SELECT count(*) FROM sqlite_schema"));
    ENTREPOT_ASSIGN_OR_RETURN(const auto application,
                              database.QueryInt("PRAGMA application_id"));
    ENTREPOT_ASSIGN_OR_RETURN(const auto version,
                              database.QueryInt("PRAGMA user_version"));
    if (num_objects == 0 && application == 0 && version == 0) return FileState::kEmpty;
    ENTREPOT_RETURN_IF_ERROR(CheckIsOurs(database, application, version));
    return FileState::kLog;
  };
  Result<FileState> state = look();
  if (database.in_transaction()) (void)database.Execute("ROLLBACK");
  return state;
}

Status MakeTables(SqliteDatabase& database) {
  ENTREPOT_ASSIGN_OR_RETURN(SqliteTransaction transaction,
                            SqliteTransaction::Begin(database));
  ENTREPOT_ASSIGN_OR_RETURN(const auto num_objects,
                            database.QueryInt("SELECT count(*) FROM sqlite_schema"));
  if (num_objects != 0) return {};  // Another process was faster.
  ENTREPOT_RETURN_IF_ERROR(database.Execute(kTables));
  ENTREPOT_RETURN_IF_ERROR(database.Execute(kIndexOfUnfinishedRuns));
  ENTREPOT_RETURN_IF_ERROR(
      database.Execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                   kSqliteApplicationId, kSqliteSchemaVersion)));
  return transaction.Commit();
}

Status AddMissingIndex(SqliteDatabase& database) {
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto num_found,
      database.QueryInt(
          "SELECT count(*) FROM sqlite_schema WHERE name = 'unfinished_runs'"));
  if (num_found != 0) return {};
  return database.Execute(kIndexOfUnfinishedRuns);
}

/// Changing the mode needs the file alone, and SQLite does not ask its busy handler where
/// two that want it could wait for each other: it says busy at once.
Status ChangeToWriteAheadLog(SqliteDatabase& database,
                             std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kPause{2};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    const Status changed = database.Execute("PRAGMA journal_mode = WAL");
    const bool may_wait = !changed && database.is_locked_out() &&
                          std::chrono::steady_clock::now() < deadline;
    if (!may_wait) return changed;
    std::this_thread::sleep_for(kPause);
  }
}

Status UseWriteAheadLog(SqliteDatabase& database, std::chrono::milliseconds patience) {
  ENTREPOT_RETURN_IF_ERROR(ChangeToWriteAheadLog(database, patience));
  ENTREPOT_ASSIGN_OR_RETURN(const std::string mode,
                            database.QueryText("PRAGMA journal_mode"));
  if (mode == "wal") return {};
  return Unsupported(
      "event log '{}' cannot use SQLite's write-ahead log here (mode is '{}')",
      database.path(), mode);
}

}  // namespace

Result<SqliteDatabase> OpenSqliteLogForWriting(const std::string& path,
                                               const SqliteEventLogOptions& options) {
  ENTREPOT_RETURN_IF_ERROR(CheckFolder(path));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteDatabase database,
                            SqliteDatabase::Open(path, {.patience = options.patience}));
  ENTREPOT_ASSIGN_OR_RETURN(const FileState state, Recognise(database));
  if (database.read_only()) {
    return PermissionDenied(
        "event log '{}' cannot be written; check the permissions of the file", path);
  }
  ENTREPOT_RETURN_IF_ERROR(UseWriteAheadLog(database, options.patience));
  if (state == FileState::kEmpty) {
    ENTREPOT_RETURN_IF_ERROR(MakeTables(database));
    ENTREPOT_RETURN_IF_ERROR(Recognise(database));  // Perhaps somebody else's tables.
  }
  ENTREPOT_RETURN_IF_ERROR(AddMissingIndex(database));
  ENTREPOT_RETURN_IF_ERROR(database.Execute(
      fmt::format("PRAGMA synchronous = {}; PRAGMA cache_size = -64000; PRAGMA "
                  "wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY",
                  options.durability == Durability::kFull ? "FULL" : "NORMAL")));
  return database;
}

Result<SqliteDatabase> OpenSqliteLogForReading(const std::string& path,
                                               const SqliteEventLogOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(
      SqliteDatabase database,
      SqliteDatabase::Open(path, {.create = false, .patience = options.patience}));
  ENTREPOT_RETURN_IF_ERROR(database.Execute("PRAGMA query_only = ON"));
  return database;
}

}  // namespace entrepot
