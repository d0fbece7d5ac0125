#pragma once

/// \file entrepot/sql/sqlite_database.h
/// A connection to a SQLite database, and a transaction on it.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "entrepot/result.h"
#include "entrepot/sql/sqlite_statement.h"

namespace entrepot {

struct SqliteOptions {
  bool create = true;  ///< Whether a missing file is made.

  /// How long a call waits for a lock that another connection holds, trying again after
  /// jittered pauses.
  std::chrono::milliseconds patience{30'000};
};

/// One connection. Not to be used, nor closed, on the other side of a fork
/// (fork_guard.h). One thread at a time.
class SqliteDatabase {
 public:
  /// Opens `path`, which is a plain path, never a URI. SQLite reads nothing yet, so that
  /// a file that is no database shows with the first statement.
  ///
  /// Errors: kNotFound    the folder, or without `create` the file, is not there
  ///         kPermission  the place refuses us
  static Result<SqliteDatabase> Open(const std::string& path,
                                     const SqliteOptions& options = {});

  /// Runs one or more statements, dropping their rows. Errors: see SqliteError.
  Status Execute(const std::string& sql);

  Result<SqliteStatement> Prepare(std::string_view sql);

  /// Runs `sql` and returns its first column: as an integer, or as text. 0 or "" where it
  /// has no row.
  Result<std::int64_t> QueryInt(std::string_view sql);
  Result<std::string> QueryText(std::string_view sql);

  /// The row id of the last row inserted.
  std::int64_t last_insert_id() const;

  /// Whether the file could only be opened for reading.
  bool read_only() const;

  /// Whether a transaction is open. SQLite ends one by itself after some errors.
  bool in_transaction() const;

  /// Whether the last call, an Execute, failed because another connection holds a lock.
  bool is_locked_out() const;

  const std::string& path() const { return connection_->facts.path; }

 private:
  struct Connection {
    ~Connection();
    sqlite3* handle = nullptr;
    SqliteConnectionFacts facts;
    std::chrono::steady_clock::time_point waiting_since;
  };
  static int WaitForLock(void* connection, int num_tries);
  explicit SqliteDatabase(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  std::unique_ptr<Connection> connection_;  // On the heap, since SQLite points at it.
};

/// A transaction that may write (BEGIN IMMEDIATE); rolled back unless committed. One
/// thread at a time.
class SqliteTransaction {
 public:
  static Result<SqliteTransaction> Begin(SqliteDatabase& database);
  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();

  Status Commit();

 private:
  explicit SqliteTransaction(SqliteDatabase& database) : database_(&database) {}

  SqliteDatabase* database_;
};

}  // namespace entrepot
