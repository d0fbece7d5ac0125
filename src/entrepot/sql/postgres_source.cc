/// \file entrepot/sql/postgres_source.cc
/// How a table of any size is read with bound parameters.
///
/// The driver streams only what COPY can send, and COPY takes no parameters; any other
/// query it holds in memory as a whole. So a cursor is declared, which does take
/// parameters, and fetched from, in a transaction that sees one state of the database:
///
///   BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY
///   DECLARE entrepot_rows NO SCROLL CURSOR FOR
///     SELECT … WHERE "day" IN (CAST($1 AS date))
///   FETCH FORWARD 16384 FROM entrepot_rows      until it is empty

#include "entrepot/sql/postgres_source_internal.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "entrepot/arrow_result.h"
#include "entrepot/sql/adbc_internal.h"
#include "entrepot/sql/postgres_types_internal.h"
#include "entrepot/sql/postgres_uri_internal.h"
#include "entrepot/sql/sql_select_internal.h"

namespace entrepot {
namespace {

constexpr char kFetch[] = "FETCH FORWARD 16384 FROM entrepot_rows";

// For a server that does not answer; libpq itself would wait for as long as TCP does.
constexpr char kConnectTimeout[] = "connect_timeout=15";

// Tables, partitioned and foreign ones, views and materialized views.
constexpr char kRelations[] = "c.relkind IN ('r', 'p', 'f', 'v', 'm')";

Result<std::shared_ptr<arrow::RecordBatch>> ParametersOf(
    const std::vector<std::string>& texts) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const std::string& text : texts) {
    arrow::StringBuilder builder;
    ENTREPOT_RETURN_IF_ERROR(builder.Append(text));
    ENTREPOT_ASSIGN_OR_RETURN(auto column, builder.Finish());
    fields.push_back(
        arrow::field("$" + std::to_string(fields.size() + 1), arrow::utf8()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), 1,
                                  std::move(columns));
}

/// Runs a query with results that need no stream.
Result<arrow::RecordBatchVector> Query(AdbcSession& session, const std::string& sql,
                                       const std::vector<std::string>& texts = {}) {
  std::shared_ptr<arrow::RecordBatch> parameters;
  if (!texts.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(parameters, ParametersOf(texts));
  }
  return session.Query(sql, parameters, {{"adbc.postgresql.use_copy", "false"}});
}

/// Returns the texts of a result's column `index`.
std::vector<std::string> TextsOf(const arrow::RecordBatchVector& batches, int index) {
  std::vector<std::string> texts;
  for (const auto& batch : batches) {
    const auto& column = static_cast<const arrow::StringArray&>(*batch->column(index));
    for (std::int64_t row = 0; row < column.length(); ++row)
      texts.push_back(column.GetString(row));
  }
  return texts;
}

/// Returns the columns of a table; none where there is no such table. Types are written
/// so that a cast to them changes nothing (without -1, bpchar would be char(1)).
Result<std::vector<SqlColumn>> ColumnsOf(AdbcSession& session, const SqlSelect& select) {
  std::string name = QuoteIdentifier(select.table);
  if (!select.schema.empty()) name = QuoteIdentifier(select.schema) + "." + name;
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto rows,
      Query(session,
            fmt::format("SELECT CAST(a.attname AS text), format_type(a.atttypid, -1) "
                        "FROM pg_catalog.pg_attribute a "
                        "JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
                        "WHERE a.attrelid = to_regclass($1) AND {} AND a.attnum > 0 "
                        "AND NOT a.attisdropped ORDER BY a.attnum",
                        kRelations),
            {name}));
  const std::vector<std::string> names = TextsOf(rows, 0);
  const std::vector<std::string> types = TextsOf(rows, 1);
  std::vector<SqlColumn> columns;
  for (size_t i = 0; i < names.size(); ++i)
    columns.push_back({.name = names[i], .type = types[i]});
  return columns;
}

Result<std::vector<std::string>> TablesOf(AdbcSession& session, const SqlSelect& select) {
  const std::string tables = fmt::format(
      "SELECT CAST(c.relname AS text) FROM pg_catalog.pg_class c "
      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {} AND ",
      kRelations);
  const std::string order = " ORDER BY c.relname";
  if (!select.schema.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(
        const auto rows,
        Query(session, tables + "n.nspname = $1" + order, {select.schema}));
    return TextsOf(rows, 0);
  }
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto rows,
      Query(session, tables +
                         "pg_catalog.pg_table_is_visible(c.oid) AND n.nspname NOT IN "
                         "('pg_catalog', 'information_schema')" +
                         order));
  return TextsOf(rows, 0);
}

/// Fetches from the session's cursor.
class CursorReader final : public arrow::RecordBatchReader {
 public:
  CursorReader(std::unique_ptr<AdbcSession> session, std::string uri)
      : session_(std::move(session)), uri_(std::move(uri)) {}

  Status Start() {
    ENTREPOT_RETURN_IF_ERROR(Fetch());
    schema_ = batches_.front()->schema();
    return {};
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ == batches_.size() && session_ != nullptr) {
      const Status fetched = Fetch();
      if (!fetched) {
        const Error& error = fetched.error();
        return ToArrow(Error(error.code(), WithoutSecretsOf(uri_, error.message())));
      }
    }
    if (next_ < batches_.size()) *batch = std::exchange(batches_[next_++], nullptr);
    return arrow::Status::OK();
  }

 private:
  Status Fetch() {
    ENTREPOT_ASSIGN_OR_RETURN(const auto fetched, Query(*session_, kFetch));
    batches_.clear();
    next_ = 0;
    std::int64_t num_rows = 0;
    for (const auto& batch : fetched) {
      ENTREPOT_ASSIGN_OR_RETURN(auto plain, WithPlainTypes(batch));
      num_rows += plain->num_rows();
      batches_.push_back(std::move(plain));
    }
    if (num_rows > 0) return {};
    session_ = nullptr;  // The end; ends the transaction.
    next_ = batches_.size();
    return {};
  }

  std::unique_ptr<AdbcSession> session_;  // Null at the end.
  const std::string uri_;
  std::shared_ptr<arrow::Schema> schema_;
  arrow::RecordBatchVector batches_;
  size_t next_ = 0;
};

class PostgresSource final : public SqlSource {
 public:
  PostgresSource(std::shared_ptr<const AdbcDriverLibrary> driver, std::string uri)
      : SqlSource(PostgresPlace(uri)), driver_(std::move(driver)), uri_(std::move(uri)) {}

  Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      const SqlSelect& select) const override {
    auto reader = Start(select);
    if (reader) return reader;
    const Error& error = reader.error();
    return Error(error.code(), WithoutSecretsOf(uri_, error.message()));
  }

 private:
  Result<std::shared_ptr<arrow::RecordBatchReader>> Start(const SqlSelect& select) const;
  std::string UriWithTimeout() const;

  std::shared_ptr<const AdbcDriverLibrary> driver_;
  std::string uri_;
};

std::string PostgresSource::UriWithTimeout() const {
  if (uri_.find("connect_timeout=") != uri_.npos) return uri_;
  return uri_ + (uri_.find('?') == uri_.npos ? '?' : '&') + kConnectTimeout;
}

Result<std::shared_ptr<arrow::RecordBatchReader>> PostgresSource::Start(
    const SqlSelect& select) const {
  ENTREPOT_ASSIGN_OR_RETURN(auto session, AdbcSession::Open(driver_, UriWithTimeout()));
  ENTREPOT_RETURN_IF_ERROR(session->Execute("SET client_encoding TO 'UTF8'"));
  ENTREPOT_RETURN_IF_ERROR(
      session->Execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto columns, ColumnsOf(*session, select));
  if (columns.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto tables, TablesOf(*session, select));
    return NoSuchTable(select, tables);
  }
  // Parameters arrive as text, and PostgreSQL compares no text with a date.
  static const SqlDialect dialect{
      .folds_case = false, .parameter = [](size_t index, const SqlColumn& column) {
        return fmt::format("CAST(${} AS {})", index, column.type);
      }};
  ENTREPOT_ASSIGN_OR_RETURN(const SqlText sql, SelectText(select, columns, dialect));
  std::shared_ptr<arrow::RecordBatch> keys;
  if (select.partition_keys && !select.partition_keys->empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(keys, ParametersOf(*select.partition_keys));
  }
  ENTREPOT_RETURN_IF_ERROR(
      session->Execute("DECLARE entrepot_rows NO SCROLL CURSOR FOR " + sql.text, keys));
  auto reader = std::make_shared<CursorReader>(std::move(session), uri_);
  ENTREPOT_RETURN_IF_ERROR(reader->Start());
  return reader;
}

}  // namespace

Result<std::shared_ptr<const SqlSource>> MakePostgresSource(
    const SqlSourceOptions& options) {
  ENTREPOT_RETURN_IF_ERROR(CheckPostgresUri(options.uri));
  auto driver =
      AdbcDriverLibrary::Load(options.postgresql_driver, "AdbcDriverPostgresqlInit");
  if (!driver) {
    return Unsupported(
        "{}; the package adbc-driver-postgresql (pip) has it: give its path as the "
        "driver",
        driver.error().message());
  }
  return std::make_shared<PostgresSource>(*std::move(driver), options.uri);
}

}  // namespace entrepot
