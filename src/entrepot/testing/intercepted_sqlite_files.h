#pragma once

/// \file entrepot/testing/intercepted_sqlite_files.h
/// What SQLite does to its files, as data, so that a test can count, fail or record it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace entrepot::testing {

enum class SqliteFileCallKind {
  kOpen,
  kDelete,
  kExists,
  kRead,
  kWrite,
  kTruncate,
  kSync,
  kSyncFolder,  ///< Part of a kSync or kDelete: its failure has no effect.
  kSize,
  kLock,
  kIsLocked,
  kMapIndex,  ///< Of a WAL: the "-shm" file, memory that processes share.
  kLockIndex,
};

/// The kind's name: "open", "sync folder".
std::string_view ToString(SqliteFileCallKind kind);

/// One call: its kind, and those of its arguments that the kind has. Borrows what it
/// points to until the call returns.
struct SqliteFileCall {
  SqliteFileCallKind kind{};
  std::string path{};
  bool creates = false;                ///< kOpen: the file was not there.
  std::int64_t offset = 0;             ///< kWrite.
  std::int64_t size = 0;               ///< kTruncate.
  std::span<const std::byte> bytes{};  ///< kWrite.

  /// Makes the call on the operating system; looks at offset, size and bytes. Returns a
  /// result code of SQLite.
  std::function<int(const SqliteFileCall&)> make{};
};

/// Stands between SQLite and the operating system while it lives (it is SQLite's default
/// VFS), makes each call an object and gives it to Do; subclasses override Do. Releasing
/// calls (close, unlock) and content of the "-shm" file are not among them. There is one
/// at a time; connections that are opened during its life must be closed before its end.
/// As safe for concurrent use as its Do.
class InterceptedSqliteFiles {
 public:
  InterceptedSqliteFiles();
  virtual ~InterceptedSqliteFiles();
  InterceptedSqliteFiles(const InterceptedSqliteFiles&) = delete;
  InterceptedSqliteFiles& operator=(const InterceptedSqliteFiles&) = delete;

  /// Makes the call as a Vfs of SQLite does.
  int Intercept(const SqliteFileCall& call) { return Do(call); }

 protected:
  /// Returns SQLITE_OK or an error of SQLite. By default makes the call.
  virtual int Do(const SqliteFileCall& call) { return call.make(call); }

 private:
  struct Vfs;
  std::unique_ptr<Vfs> vfs_;
};

}  // namespace entrepot::testing
