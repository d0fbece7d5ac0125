#include "entrepot/sql/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>

namespace entrepot {
namespace {

std::string TextOf(sqlite3* connection, int code) {
  return connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
}

Error CannotOpen(sqlite3* connection, const SqliteConnectionFacts& facts) {
  const int error_number = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  const std::string doing = fmt::format("opening database '{}'", facts.path);
  if (error_number != 0) return FromErrno(error_number, doing);
  return PermissionDenied(
      "{}: it or a file beside it cannot be opened; check the permissions of its folder",
      doing);
}

}  // namespace

bool IsLockedOut(int code) {
  const int primary = code & 0xFF;
  return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL;
}

Error SqliteError(sqlite3* connection, int code, const SqliteConnectionFacts& facts) {
  const std::string& path = facts.path;
  if (IsLockedOut(code)) {
    return Unavailable(
        "database '{}' has been locked by another process for longer than {} ms; "
        "end that process or try again later",
        path, facts.patience.count());
  }
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return Unavailable(
          "no space is left to write database '{}'; free some and try again", path);
    case SQLITE_IOERR:
      return Unavailable("input/output error on database '{}': {} (code {})", path,
                         TextOf(connection, code), code);
    case SQLITE_NOMEM:
      return Unavailable("out of memory while using database '{}'", path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return PermissionDenied(
          "database '{}' cannot be written; check the permissions of the file and its "
          "folder",
          path);
    case SQLITE_CORRUPT:
      return Corrupt("database '{}' is damaged ({}); restore it from a copy", path,
                     TextOf(connection, code));
    case SQLITE_NOTADB:
      return Corrupt("'{}' is not a SQLite database; choose another path", path);
    case SQLITE_CANTOPEN:
      return CannotOpen(connection, facts);
    case SQLITE_TOOBIG:
      return Invalid("a value is too large for a row of database '{}'", path);
    default:
      return Internal("database '{}': {} (code {})", path, TextOf(connection, code),
                      code);
  }
}

}  // namespace entrepot
