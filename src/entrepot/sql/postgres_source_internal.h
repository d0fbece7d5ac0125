#pragma once

/// \file entrepot/sql/postgres_source_internal.h
/// Tables of PostgreSQL, read through its ADBC driver.

#include "entrepot/sql/sql_source.h"

namespace entrepot {

/// Takes `options.uri` as libpq does.
///
/// Errors: kInvalid      CheckPostgresUri's
///         kUnsupported  the driver is not there
Result<std::shared_ptr<const SqlSource>> MakePostgresSource(
    const SqlSourceOptions& options);

}  // namespace entrepot
