#pragma once

/// \file entrepot/sql/sql_select_internal.h
/// From what is wanted of a table to SQL text, for all databases.

#include <functional>
#include <string>
#include <vector>

#include "entrepot/result.h"
#include "entrepot/sql/sql_source.h"

namespace entrepot {

/// A column as its database declares it.
struct SqlColumn {
  std::string name;
  std::string type;
};

/// How one database's SQL differs from the other's. Plain data.
struct SqlDialect {
  /// Whether names that differ in case only are the same.
  bool folds_case = false;

  /// Returns the parameter number `index` (from 1), to be compared with `column`.
  std::function<std::string(size_t index, const SqlColumn& column)> parameter;
};

/// A SELECT whose parameters are the partition keys in their order.
struct SqlText {
  std::string text;
  std::vector<SqlColumn> columns;  ///< Of the result.
};

/// Returns `name` in double quotes, as an identifier of standard SQL.
std::string QuoteIdentifier(std::string_view name);

/// Returns the error for a table that is not there, with the nearest of those that are.
Error NoSuchTable(const SqlSelect& select, const std::vector<std::string>& tables);

/// Returns the SELECT for a table that has `columns`.
///
/// Errors: kInvalid  no such column (which databases may not tell by themselves: to
///         SQLite an unknown name in double quotes is a text); too many partitions
Result<SqlText> SelectText(const SqlSelect& select, const std::vector<SqlColumn>& columns,
                           const SqlDialect& dialect);

}  // namespace entrepot
