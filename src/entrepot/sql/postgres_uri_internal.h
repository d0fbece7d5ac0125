#pragma once

/// \file entrepot/sql/postgres_uri_internal.h
/// What may be shown of PostgreSQL's connection URIs:
/// postgresql://user:password@host:port/database?parameter=value&…

#include <string>

#include "entrepot/result.h"

namespace entrepot {

/// Errors: kInvalid  nobody can tell which part of it is a password
Status CheckPostgresUri(const std::string& uri);

/// Returns "postgresql://host:port/database": a URI that passed the check, without
/// credentials and parameters.
std::string PostgresPlace(const std::string& uri);

/// Returns `text` with everything replaced in it that the URI keeps secret: as it is
/// written there, and decoded.
std::string WithoutSecretsOf(const std::string& uri, std::string text);

}  // namespace entrepot
