#include "entrepot/sql/sqlite_column_internal.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/util/utf8.h>

#include "entrepot/arrow_result.h"

namespace entrepot {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

/// The rules of "Datatypes In SQLite", section 3.1, but for NUMERIC.
TypePtr DeclaredType(std::string declared) {
  for (char& c : declared) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  const auto has = [&](const char* word) { return declared.find(word) != declared.npos; };
  if (has("INT")) return arrow::int64();
  if (has("CHAR") || has("CLOB") || has("TEXT")) return arrow::utf8();
  if (has("BLOB")) return arrow::binary();
  if (has("REAL") || has("FLOA") || has("DOUB")) return arrow::float64();
  return nullptr;
}

TypePtr TypeOf(SqliteRow::Type type) {
  switch (type) {
    case SqliteRow::Type::kInt:
      return arrow::int64();
    case SqliteRow::Type::kFloat:
      return arrow::float64();
    case SqliteRow::Type::kText:
      return arrow::utf8();
    case SqliteRow::Type::kBlob:
      return arrow::binary();
    case SqliteRow::Type::kNull:
      break;
  }
  return nullptr;
}

}  // namespace

SqliteColumn::SqliteColumn(const SqlColumn& declared) : name_(declared.name) {
  is_fixed_ = DeclaredType(declared.type) != nullptr;
  if (is_fixed_) (void)SetType(DeclaredType(declared.type));  // Appends nothing.
}

SqliteColumn::SqliteColumn(SqliteColumn&&) noexcept = default;
SqliteColumn::~SqliteColumn() = default;

Status SqliteColumn::SetType(TypePtr type) {
  type_ = std::move(type);
  ENTREPOT_ASSIGN_OR_RETURN(builder_, arrow::MakeBuilder(type_));
  ENTREPOT_RETURN_IF_ERROR(builder_->AppendNulls(num_leading_nulls_));
  num_leading_nulls_ = 0;
  return {};
}

Status SqliteColumn::Append(const SqliteRow& row, int index) {
  const TypePtr found = TypeOf(row.type(index));
  if (found == nullptr) {
    if (builder_ == nullptr) {
      ++num_leading_nulls_;
    } else {
      ENTREPOT_RETURN_IF_ERROR(builder_->AppendNull());
    }
    return {};
  }
  ENTREPOT_RETURN_IF_ERROR(MakeRoomFor(found));
  return AppendTo(*builder_, row, index);
}

/// Makes the column's type one that takes values of `found`.
Status SqliteColumn::MakeRoomFor(const TypePtr& found) {
  if (type_ == nullptr) return SetType(found);
  const bool is_number =
      type_->id() == arrow::Type::DOUBLE && found->id() == arrow::Type::INT64;
  if (type_->id() == found->id() || is_number) return {};
  const bool may_widen = !is_fixed_ && type_->id() == arrow::Type::INT64 &&
                         found->id() == arrow::Type::DOUBLE;
  if (may_widen) return WidenToDouble();
  return Corrupt(
      "column '{}' is {}, but one of its values is {}; read a view that casts it", name_,
      type_->ToString(), found->ToString());
}

Status SqliteColumn::WidenToDouble() {
  ENTREPOT_ASSIGN_OR_RETURN(const auto array, builder_->Finish());
  const auto& integers = static_cast<const arrow::Int64Array&>(*array);
  ENTREPOT_RETURN_IF_ERROR(SetType(arrow::float64()));
  auto& doubles = static_cast<arrow::DoubleBuilder&>(*builder_);
  for (const auto value : integers) {
    if (value) {
      ENTREPOT_RETURN_IF_ERROR(doubles.Append(static_cast<double>(*value)));
    } else {
      ENTREPOT_RETURN_IF_ERROR(doubles.AppendNull());
    }
  }
  return {};
}

Status SqliteColumn::AppendTo(arrow::ArrayBuilder& builder, const SqliteRow& row,
                              int index) {
  switch (type_->id()) {
    case arrow::Type::INT64:
      ENTREPOT_RETURN_IF_ERROR(
          static_cast<arrow::Int64Builder&>(builder).Append(row.Int(index)));
      return {};
    case arrow::Type::DOUBLE:
      ENTREPOT_RETURN_IF_ERROR(
          static_cast<arrow::DoubleBuilder&>(builder).Append(row.Float(index)));
      return {};
    case arrow::Type::STRING: {
      const std::string_view text = row.Text(index);
      if (!arrow::util::ValidateUTF8(text))
        return Corrupt("column '{}' has a text that is not UTF-8", name_);
      ENTREPOT_RETURN_IF_ERROR(static_cast<arrow::StringBuilder&>(builder).Append(text));
      return {};
    }
    default:
      ENTREPOT_RETURN_IF_ERROR(
          static_cast<arrow::BinaryBuilder&>(builder).Append(row.Text(index)));
      return {};
  }
}

Result<std::shared_ptr<arrow::Array>> SqliteColumn::Finish() {
  if (builder_ == nullptr) ENTREPOT_RETURN_IF_ERROR(SetType(arrow::utf8()));
  is_fixed_ = true;
  ENTREPOT_ASSIGN_OR_RETURN(auto array, builder_->Finish());
  return array;
}

}  // namespace entrepot
