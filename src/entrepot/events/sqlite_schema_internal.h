#pragma once

/// \file entrepot/events/sqlite_schema_internal.h
/// The tables of a SQLite log (docs/formats/event_log.md), and how a file is recognised.

#include <string>

#include "entrepot/events/event_log.h"
#include "entrepot/sql/sqlite_database.h"

namespace entrepot {

/// "Entr", as SQLite's header keeps it.
inline constexpr std::int64_t kSqliteApplicationId = 0x456E7472;

/// The version of the tables; kept as SQLite's user_version.
inline constexpr std::int64_t kSqliteSchemaVersion = 1;

/// Connects to the log at `path`, an absolute path, making its tables where the file is
/// new or empty. Several processes may do so at once.
///
/// Errors: those of OpenSqliteEventLog; kNotFound  the folder is not there
Result<SqliteDatabase> OpenSqliteLogForWriting(const std::string& path,
                                               const SqliteEventLogOptions& options);

/// Connects to a log that OpenSqliteLogForWriting has opened.
Result<SqliteDatabase> OpenSqliteLogForReading(const std::string& path,
                                               const SqliteEventLogOptions& options);

}  // namespace entrepot
