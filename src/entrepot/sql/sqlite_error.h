#pragma once

/// \file entrepot/sql/sqlite_error.h
/// SQLite's result codes as errors of ours.

#include <chrono>
#include <string>

#include "entrepot/error.h"

struct sqlite3;

namespace entrepot {

/// What an error message needs to know about the connection it came from.
struct SqliteConnectionFacts {
  std::string path;
  std::chrono::milliseconds patience{0};
};

/// Whether `code` means that another connection holds a lock.
bool IsLockedOut(int code);

/// Returns the error for `code`, a result code other than SQLITE_OK, SQLITE_ROW and
/// SQLITE_DONE; `connection` may be null. The message names the path and what to do.
///
///   kUnavailable  locked for longer than the patience, full disk, I/O error, no memory
///   kPermission   the file or its folder cannot be read or written
///   kCorrupt      damaged, or not a database
///   kNotFound     the file or its folder is not there
///   kInvalid      a value is too large for a row
///   kInternal     wrong SQL or wrong use: our bug
Error SqliteError(sqlite3* connection, int code, const SqliteConnectionFacts& facts);

}  // namespace entrepot
