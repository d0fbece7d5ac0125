#pragma once

/// \file entrepot/io/sql_input.h
/// Inputs that are tables of a database.

#include <memory>
#include <string>
#include <vector>

#include "entrepot/config/fields.h"
#include "entrepot/config/secret.h"
#include "entrepot/io/input_manager.h"
#include "entrepot/sql/sql_source.h"

namespace entrepot {

struct SqlInputOptions {
  /// "sqlite:///relative/path", "sqlite:////absolute/path" or
  /// "postgresql://user:password@host/database".
  Secret connection{};

  std::string schema{};  ///< "": the database's search path.
  std::string table{};   ///< "": the parts of the asset key joined by '_', else the
                         ///< input's name.
  std::vector<std::string> columns{};  ///< None: all.
  std::string partition_column = "date";

  /// PostgreSQL: its ADBC driver, a path or a name that the loader finds.
  std::string driver = SqlSourceOptions().postgresql_driver;

  /// The options as configuration, with the same names.
  static const FieldList<SqlInputOptions>& Fields();
};

/// Loads a table, or those of its rows whose partition column holds one of the partition
/// keys. Metadata "table_name" and "partition_column" of the input (or of the upstream
/// asset) win over the options. Keys are bound values and names are quoted: neither can
/// become SQL. For joins and expressions, make a view. Types: sqlite_column_internal.h
/// and postgres_types_internal.h say which. Safe for concurrent use.
class SqlInput final : public InputManager {
 public:
  /// Connects to nothing. Errors: as OpenSqlSource's
  static Result<std::shared_ptr<SqlInput>> Make(const SqlInputOptions& options);

  /// Returns a table; on request a stream, which holds a connection and a few thousand
  /// rows at a time. Without partitions to read, a table of no rows.
  ///
  /// Errors: as SqlSource::Read's; kInvalid  nothing names a table
  Result<Value> LoadInput(const InputContext& context) override;

 private:
  SqlInput(SqlInputOptions options, std::shared_ptr<const SqlSource> source)
      : options_(std::move(options)), source_(std::move(source)) {}

  Result<SqlSelect> SelectFor(const InputContext& context) const;
  Result<Value> Read(const InputContext& context, const SqlSelect& select,
                     const std::string& doing) const;

  SqlInputOptions options_;
  std::shared_ptr<const SqlSource> source_;
};

}  // namespace entrepot
