#pragma once

/// \file entrepot/sql/sql_source.h
/// Tables of other people's databases, read as Arrow.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "entrepot/result.h"

namespace entrepot {

/// Which rows and columns of a table (or view) are wanted. Plain data.
struct SqlSelect {
  std::string schema{};  ///< "": the search path; of SQLite, "main" or an attached one.
  std::string table{};
  std::vector<std::string> columns{};  ///< None: all, in the table's order.

  /// Given: only rows whose `partition_column` is one of these. They are compared as
  /// values of that column's type, and are never part of the SQL text.
  std::optional<std::vector<std::string>> partition_keys{};
  std::string partition_column{};
};

/// What a source is made of. Plain data; holds secrets.
struct SqlSourceOptions {
  /// "sqlite:///relative/path", "sqlite:////absolute/path" or
  /// "postgresql://user:password@host:port/database?parameters" as libpq takes it.
  std::string uri{};

  /// The ADBC driver of PostgreSQL: a path, or the name of a library to be found where
  /// the loader looks.
  std::string postgresql_driver = "libadbc_driver_postgresql.so";
};

/// A database to read from. Each read has a connection of its own. Safe for concurrent
/// use.
class SqlSource {
 public:
  virtual ~SqlSource() = default;

  /// What the database is called in messages: its URI without credentials and parameters.
  const std::string& place() const { return place_; }

  /// Starts reading, in one transaction that changes nothing and lasts until the reader
  /// is gone. Batches are read one by one: memory does not grow with the table. The order
  /// of rows is the database's.
  ///
  /// Errors: kNotFound     no such table (the nearest is named), no such database file
  ///         kInvalid      no such column, more than 30,000 partitions, or a partition
  ///                       key that is no value of the column's type (PostgreSQL)
  ///         kUnavailable  the database does not answer, or is locked
  ///         kPermission   it refuses us
  ///         kCorrupt      a damaged file, or a value of another type than its column's
  ///                       (SQLite; also from the reader)
  virtual Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      const SqlSelect& select) const = 0;

 protected:
  explicit SqlSource(std::string place) : place_(std::move(place)) {}

 private:
  std::string place_;
};

/// Makes the source that the URI's scheme names; connects to nothing.
///
/// Errors: kInvalid      no such scheme, or a URI without a path
///         kUnsupported  PostgreSQL's driver is not there
Result<std::shared_ptr<const SqlSource>> OpenSqlSource(const SqlSourceOptions& options);

}  // namespace entrepot
