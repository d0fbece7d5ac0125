#include "entrepot/io/sql_input.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <fmt/ranges.h>

#include "entrepot/arrow_result.h"
#include "entrepot/io/context.h"
#include "entrepot/io/input_metadata_internal.h"

namespace entrepot {
namespace {

/// Says of errors that come while a stream is read what was being read.
class NamedReader final : public arrow::RecordBatchReader {
 public:
  NamedReader(RecordBatchReaderPtr reader, std::string doing)
      : reader_(std::move(reader)), doing_(std::move(doing)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    const arrow::Status status = reader_->ReadNext(batch);
    return status.ok() ? status : ToArrow(FromArrow(status).While(doing_));
  }

 private:
  RecordBatchReaderPtr reader_;
  std::string doing_;
};

}  // namespace

const FieldList<SqlInputOptions>& SqlInputOptions::Fields() {
  using Options = SqlInputOptions;
  static const auto fields =
      FieldList<Options>("the SQL input manager")
          .Field("connection", &Options::connection,
                 "'sqlite:///path' or 'postgresql://user:password@host/database'.",
                 {.is_required = true})
          .Field("schema", &Options::schema, "Where the tables are.")
          .Field("table", &Options::table,
                 "By default the parts of the asset key joined by '_', else the input's "
                 "name. Metadata 'table_name' wins.")
          .Field("columns", &Options::columns, "Those to read; none for all.")
          .Field("partition_column", &Options::partition_column,
                 "The column that holds partition keys. Metadata 'partition_column' "
                 "wins.")
          .Field("driver", &Options::driver,
                 "PostgreSQL's ADBC driver: a path, or a library's name.");
  return fields;
}

Result<std::shared_ptr<SqlInput>> SqlInput::Make(const SqlInputOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(auto source,
                            OpenSqlSource({.uri = options.connection.Reveal(),
                                           .postgresql_driver = options.driver}));
  return std::shared_ptr<SqlInput>(new SqlInput(options, std::move(source)));
}

Result<Value> SqlInput::LoadInput(const InputContext& context) {
  const std::string loading = "loading " + context.Describe();
  const auto select = SelectFor(context);
  if (!select) return select.error().While(loading);
  const std::string reading =
      fmt::format("reading table '{}' of {}", select->table, source_->place());
  auto value = Read(context, *select, fmt::format("{}: {}", loading, reading));
  if (!value) return value.error().While(reading).While(loading);
  return value;
}

Result<Value> SqlInput::Read(const InputContext& context, const SqlSelect& select,
                             const std::string& doing) const {
  const std::string partitions =
      select.partition_keys
          ? fmt::format(" ({} partitions)", select.partition_keys->size())
          : "";
  context.log().Info("reading table '{}' of {}{}", select.table, source_->place(),
                     partitions);
  ENTREPOT_ASSIGN_OR_RETURN(auto reader, source_->Read(select));
  if (context.request().as_stream)
    return Value::Stream(std::make_shared<NamedReader>(std::move(reader), doing));
  ENTREPOT_ASSIGN_OR_RETURN(auto table, reader->ToTable());
  context.log().Info("{} rows of table '{}'", table->num_rows(), select.table);
  return Value::Table(std::move(table));
}

Result<SqlSelect> SqlInput::SelectFor(const InputContext& context) const {
  ENTREPOT_ASSIGN_OR_RETURN(const auto table, TextInMetadata(context, "table_name"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto column,
                            TextInMetadata(context, "partition_column"));
  SqlSelect select{.schema = options_.schema,
                   .table = table.value_or(options_.table),
                   .columns = options_.columns,
                   .partition_column = column.value_or(options_.partition_column)};
  if (select.table.empty() && context.asset_key())
    select.table = fmt::format("{}", fmt::join(context.asset_key()->path(), "_"));
  if (select.table.empty()) select.table = context.name();
  if (select.table.empty()) {
    return Invalid(
        "nothing names a table: neither metadata 'table_name' nor an asset key "
        "nor an input's name");
  }
  if (context.has_asset_partitions())
    select.partition_keys = context.asset_partition_keys();
  return select;
}

}  // namespace entrepot
