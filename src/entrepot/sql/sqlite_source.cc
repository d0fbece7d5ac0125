#include "entrepot/sql/sqlite_source_internal.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "entrepot/arrow_result.h"
#include "entrepot/sql/sql_select_internal.h"
#include "entrepot/sql/sqlite_column_internal.h"
#include "entrepot/sql/sqlite_database.h"

namespace entrepot {
namespace {

constexpr int kRowsPerBatch = 16'384;

// A batch ends earlier once its texts and blobs have so many bytes.
constexpr std::int64_t kBytesPerBatch = std::int64_t{16} << 20;

/// To our own client wrong SQL is a bug of ours; here it may be that of a view.
Error FromDatabase(const Error& error) {
  if (error.code() != ErrorCode::kInternal) return error;
  return Error(ErrorCode::kInvalid, error.message());
}

/// Batches of a statement's rows.
class SqliteReader final : public arrow::RecordBatchReader {
 public:
  SqliteReader(SqliteDatabase database, SqliteStatement statement,
               const std::vector<SqlColumn>& columns)
      : database_(std::move(database)), statement_(std::move(statement)) {
    for (const SqlColumn& column : columns) columns_.emplace_back(column);
  }

  /// Reads the first batch, which tells the types.
  Status Start() {
    ENTREPOT_ASSIGN_OR_RETURN(first_, NextBatch());
    return {};
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = std::exchange(first_, nullptr);
    if (*batch == nullptr && !at_end_) {
      auto next = NextBatch();
      at_end_ = at_end_ || !next;
      if (!next) return ToArrow(FromDatabase(next.error()));
      *batch = *std::move(next);
    }
    // Nothing but the end may be an empty batch: the schema says what an empty table is.
    if (*batch != nullptr && (*batch)->num_rows() == 0) batch->reset();
    return arrow::Status::OK();
  }

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> NextBatch() {
    std::int64_t num_rows = 0;
    std::int64_t num_bytes = 0;
    while (num_rows < kRowsPerBatch && num_bytes < kBytesPerBatch) {
      ENTREPOT_ASSIGN_OR_RETURN(const bool has_row, statement_.Next());
      if (!has_row) {
        at_end_ = true;
        break;
      }
      const SqliteRow row = statement_.row();
      for (int i = 0; i < static_cast<int>(columns_.size()); ++i) {
        ENTREPOT_RETURN_IF_ERROR(columns_[static_cast<size_t>(i)].Append(row, i));
        num_bytes += row.size_bytes(i);
      }
      ++num_rows;
    }
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (SqliteColumn& column : columns_) {
      ENTREPOT_ASSIGN_OR_RETURN(auto array, column.Finish());
      arrays.push_back(std::move(array));
    }
    if (schema_ == nullptr) schema_ = MakeSchema();
    return arrow::RecordBatch::Make(schema_, num_rows, std::move(arrays));
  }

  std::shared_ptr<arrow::Schema> MakeSchema() const {
    arrow::FieldVector fields;
    for (const SqliteColumn& column : columns_)
      fields.push_back(arrow::field(column.name(), column.type()));
    return arrow::schema(std::move(fields));
  }

  SqliteDatabase database_;  // Before the statement, which must die first.
  SqliteStatement statement_;
  std::vector<SqliteColumn> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::RecordBatch> first_;
  bool at_end_ = false;
};

class SqliteSource final : public SqlSource {
 public:
  explicit SqliteSource(std::string path)
      : SqlSource("sqlite:///" + path), path_(std::move(path)) {}

  Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      const SqlSelect& select) const override {
    auto reader = Start(select);
    if (!reader) return FromDatabase(reader.error());
    return reader;
  }

 private:
  Result<std::shared_ptr<arrow::RecordBatchReader>> Start(const SqlSelect& select) const;

  std::string path_;
};

std::string SchemaOf(const SqlSelect& select) {
  return select.schema.empty() ? "main" : select.schema;
}

/// Returns the columns that SELECT * has; none where there is no such table.
Result<std::vector<SqlColumn>> ColumnsOf(SqliteDatabase& database,
                                         const SqlSelect& select) {
  ENTREPOT_ASSIGN_OR_RETURN(
      SqliteStatement statement,
      database.Prepare(
          "SELECT name, type FROM pragma_table_xinfo(?1, ?2) WHERE hidden <> 1"));
  std::vector<SqlColumn> columns;
  const auto add = [&](const SqliteRow& row) -> Status {
    columns.push_back({.name = row.String(0), .type = row.String(1)});
    return {};
  };
  ENTREPOT_RETURN_IF_ERROR(statement.ForEach(add, select.table, SchemaOf(select)));
  return columns;
}

Result<std::vector<std::string>> TablesOf(SqliteDatabase& database,
                                          const SqlSelect& select) {
  ENTREPOT_ASSIGN_OR_RETURN(
      SqliteStatement statement,
      database.Prepare("SELECT name FROM pragma_table_list WHERE schema = ?1 "
                       "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"));
  std::vector<std::string> tables;
  const auto add = [&](const SqliteRow& row) -> Status {
    tables.push_back(row.String(0));
    return {};
  };
  ENTREPOT_RETURN_IF_ERROR(statement.ForEach(add, SchemaOf(select)));
  return tables;
}

Result<std::shared_ptr<arrow::RecordBatchReader>> SqliteSource::Start(
    const SqlSelect& select) const {
  ENTREPOT_ASSIGN_OR_RETURN(SqliteDatabase database,
                            SqliteDatabase::Open(path_, {.create = false}));
  ENTREPOT_RETURN_IF_ERROR(database.Execute("PRAGMA query_only = 1"));
  ENTREPOT_RETURN_IF_ERROR(database.Execute("BEGIN"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto columns, ColumnsOf(database, select));
  if (columns.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto tables, TablesOf(database, select));
    return NoSuchTable(select, tables);
  }
  // A parameter has no type of its own, so it is compared as the column's.
  static const SqlDialect dialect{.folds_case = true,
                                  .parameter = [](size_t index, const SqlColumn&) {
                                    return "?" + std::to_string(index);
                                  }};
  ENTREPOT_ASSIGN_OR_RETURN(const SqlText sql, SelectText(select, columns, dialect));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement statement, database.Prepare(sql.text));
  if (select.partition_keys)
    ENTREPOT_RETURN_IF_ERROR(statement.BindTexts(*select.partition_keys));
  auto reader = std::make_shared<SqliteReader>(std::move(database), std::move(statement),
                                               sql.columns);
  ENTREPOT_RETURN_IF_ERROR(reader->Start());
  return reader;
}

}  // namespace

std::shared_ptr<const SqlSource> MakeSqliteSource(std::string path) {
  return std::make_shared<SqliteSource>(std::move(path));
}

}  // namespace entrepot
