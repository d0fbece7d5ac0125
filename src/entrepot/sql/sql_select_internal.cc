#include "entrepot/sql/sql_select_internal.h"

#include <algorithm>

#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

// SQLite allows 32,766 parameters, PostgreSQL 65,535.
constexpr size_t kMaxParameters = 30'000;

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool IsSameName(std::string_view a, std::string_view b, bool folds_case) {
  if (!folds_case) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerAscii(x) == LowerAscii(y); });
}

Result<SqlColumn> FindColumn(const SqlSelect& select, const std::string& name,
                             const std::vector<SqlColumn>& columns, bool folds_case) {
  std::vector<std::string> names;
  for (const SqlColumn& column : columns) {
    if (IsSameName(column.name, name, folds_case)) return column;
    names.push_back(column.name);
  }
  return Invalid("table '{}' has no column '{}'{}", select.table, name,
                 DidYouMean(name, names));
}

Result<std::string> Condition(const SqlSelect& select,
                              const std::vector<SqlColumn>& columns,
                              const SqlDialect& dialect) {
  ENTREPOT_ASSIGN_OR_RETURN(
      const SqlColumn column,
      FindColumn(select, select.partition_column, columns, dialect.folds_case));
  const size_t num_keys = select.partition_keys->size();
  if (num_keys == 0) return std::string(" WHERE 1 = 0");
  if (num_keys > kMaxParameters) {
    return Invalid("{} partitions of table '{}' at once are too many; read at most {}",
                   num_keys, select.table, kMaxParameters);
  }
  std::string parameters;
  for (size_t i = 1; i <= num_keys; ++i) {
    if (i > 1) parameters += ", ";
    parameters += dialect.parameter(i, column);
  }
  return fmt::format(" WHERE {} IN ({})", QuoteIdentifier(column.name), parameters);
}

}  // namespace

std::string QuoteIdentifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

Error NoSuchTable(const SqlSelect& select, const std::vector<std::string>& tables) {
  const std::string in_schema =
      select.schema.empty() ? "" : fmt::format(" in schema '{}'", select.schema);
  return NotFound("there is no table '{}'{}{}", select.table, in_schema,
                  DidYouMean(select.table, tables));
}

Result<SqlText> SelectText(const SqlSelect& select, const std::vector<SqlColumn>& columns,
                           const SqlDialect& dialect) {
  SqlText result;
  for (const std::string& name : select.columns) {
    ENTREPOT_ASSIGN_OR_RETURN(SqlColumn column,
                              FindColumn(select, name, columns, dialect.folds_case));
    result.columns.push_back(std::move(column));
  }
  if (select.columns.empty()) result.columns = columns;
  result.text = "SELECT ";
  for (size_t i = 0; i < result.columns.size(); ++i) {
    if (i > 0) result.text += ", ";
    result.text += QuoteIdentifier(result.columns[i].name);
  }
  result.text += " FROM ";
  if (!select.schema.empty()) result.text += QuoteIdentifier(select.schema) + ".";
  result.text += QuoteIdentifier(select.table);
  if (select.partition_keys) {
    ENTREPOT_ASSIGN_OR_RETURN(const std::string condition,
                              Condition(select, columns, dialect));
    result.text += condition;
  }
  return result;
}

}  // namespace entrepot
