#pragma once

/// \file entrepot/sql/sqlite_source_internal.h
/// Tables of SQLite files, read by the same library as our own logs: a second copy of
/// SQLite in the process would drop the first one's locks when it closes a file
/// (docs/decisions/009).

#include "entrepot/sql/sql_source.h"

namespace entrepot {

/// Takes the path of the file.
std::shared_ptr<const SqlSource> MakeSqliteSource(std::string path);

}  // namespace entrepot
