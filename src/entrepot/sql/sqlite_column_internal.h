#pragma once

/// \file entrepot/sql/sqlite_column_internal.h
/// Values of SQLite, typed one by one, as a column of Arrow.
///
/// What a column declares decides its type where that is clear (SQLite's "type
/// affinity"): INT… is int64; CHAR, CLOB and TEXT are utf8; REAL, FLOA and DOUB are
/// double; BLOB is binary. Of all else (NUMERIC, DATE, BOOLEAN, expressions) SQLite keeps
/// whatever it is given, so the values of the first batch decide: int64, double (also for
/// a mixture of both), utf8 or binary; utf8 where all of them are NULL. A value that does
/// not fit is an error, never converted.

#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "entrepot/result.h"
#include "entrepot/sql/sql_select_internal.h"
#include "entrepot/sql/sqlite_statement.h"

namespace entrepot {

/// Collects one column, batch by batch. One thread at a time.
class SqliteColumn {
 public:
  explicit SqliteColumn(const SqlColumn& declared);
  SqliteColumn(SqliteColumn&&) noexcept;
  ~SqliteColumn();

  /// Appends the value at `index` of the row.
  ///
  /// Errors: kCorrupt  it is of another type, or text that is not UTF-8
  Status Append(const SqliteRow& row, int index);

  /// Returns what was appended since the last call. The first fixes the type.
  Result<std::shared_ptr<arrow::Array>> Finish();

  /// The type; of the first batch only after it is finished.
  const std::shared_ptr<arrow::DataType>& type() const { return type_; }
  const std::string& name() const { return name_; }

 private:
  Status SetType(std::shared_ptr<arrow::DataType> type);
  Status MakeRoomFor(const std::shared_ptr<arrow::DataType>& found);
  Status AppendTo(arrow::ArrayBuilder& builder, const SqliteRow& row, int index);
  Status WidenToDouble();

  std::string name_;
  std::shared_ptr<arrow::DataType> type_;  // Null: no value has told yet.
  bool is_fixed_ = false;
  std::int64_t num_leading_nulls_ = 0;  // While there is no type.
  std::unique_ptr<arrow::ArrayBuilder> builder_;
};

}  // namespace entrepot
