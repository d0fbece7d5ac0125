#include "entrepot/sql/postgres_types_internal.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/key_value_metadata.h>

#include "entrepot/arrow_result.h"

namespace entrepot {
namespace {

std::string NoteOf(const arrow::Field& field, const std::string& name) {
  if (!field.HasMetadata()) return {};
  return field.metadata()->Get(name).ValueOr("");
}

struct Precision {
  int digits = 0;
  int scale = 0;
};

/// Reads numeric's type modifier, as PostgreSQL packs it: (digits << 16 | scale) + 4,
/// the scale in 11 bits with a sign.
std::optional<Precision> PrecisionOf(const arrow::Field& field) {
  if (NoteOf(field, "POSTGRESQL:type") != "numeric") return std::nullopt;
  const std::string typmod = NoteOf(field, "POSTGRESQL:typmod");
  if (typmod.empty()) return std::nullopt;
  const int packed = std::atoi(typmod.c_str()) - 4;
  if (packed < 0) return std::nullopt;
  const Precision precision{.digits = (packed >> 16) & 0xFFFF,
                            .scale = ((packed & 0x7FF) ^ 1024) - 1024};
  if (precision.digits > arrow::Decimal128Type::kMaxPrecision) return std::nullopt;
  return precision;
}

Result<std::shared_ptr<arrow::Array>> ToDecimals(const arrow::StringArray& texts,
                                                 const Precision& precision,
                                                 const std::string& name) {
  const auto type = arrow::decimal128(precision.digits, precision.scale);
  arrow::Decimal128Builder builder(type);
  for (const auto text : texts) {
    if (!text) {
      ENTREPOT_RETURN_IF_ERROR(builder.AppendNull());
      continue;
    }
    arrow::Decimal128 value;
    std::int32_t scale = 0;
    if (!arrow::Decimal128::FromString(*text, &value, nullptr, &scale).ok())
      return Invalid("column '{}' has '{}' among its decimals", name, *text);
    ENTREPOT_ASSIGN_OR_RETURN(value, value.Rescale(scale, precision.scale));
    ENTREPOT_RETURN_IF_ERROR(builder.Append(value));
  }
  ENTREPOT_ASSIGN_OR_RETURN(auto decimals, builder.Finish());
  return decimals;
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> WithPlainTypes(
    const std::shared_ptr<arrow::RecordBatch>& batch) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int i = 0; i < batch->num_columns(); ++i) {
    const arrow::Field& field = *batch->schema()->field(i);
    std::shared_ptr<arrow::Array> column = batch->column(i);
    if (column->type_id() == arrow::Type::EXTENSION)
      column = static_cast<const arrow::ExtensionArray&>(*column).storage();
    const auto precision = PrecisionOf(field);
    if (precision && column->type_id() == arrow::Type::STRING) {
      ENTREPOT_ASSIGN_OR_RETURN(
          column, ToDecimals(static_cast<const arrow::StringArray&>(*column), *precision,
                             field.name()));
    }
    fields.push_back(arrow::field(field.name(), column->type()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch->num_rows(),
                                  std::move(columns));
}

}  // namespace entrepot
