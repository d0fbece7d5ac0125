#include "entrepot/value/traits.h"

#include <cmath>
#include <cstdlib>

#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <cxxabi.h>

#include "entrepot/arrow_result.h"

namespace entrepot::internal {
namespace {

// JSON has no NaN and no infinity, and nlohmann would write null without a word.
bool IsFinite(const nlohmann::json& json) {
  if (json.is_number_float()) return std::isfinite(json.get<double>());
  for (const auto& child : json) {
    if (child.is_structured() || child.is_number_float()) {
      if (!IsFinite(child)) return false;
    }
  }
  return true;
}

}  // namespace

std::string CppTypeName(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : type.name();
}

Error WrongKind(const Value& value, std::string_view wanted) {
  if (value.kind() == ValueKind::kForeign) {
    return Invalid(
        "cannot make a {} from an object of type '{}', which only its own language "
        "understands",
        wanted, value.type());
  }
  if (value.kind() == ValueKind::kNothing) {
    return Invalid("cannot make a {}: there is no value (nothing was stored)", wanted);
  }
  return Invalid(
      "cannot make a {} from a value of kind '{}'{}", wanted, ToString(value.kind()),
      value.type().empty() ? "" : fmt::format(" (stored as '{}')", value.type()));
}

Result<Value> JsonToValue(const nlohmann::json& json, std::string type) {
  if (!IsFinite(json)) return Invalid("JSON cannot hold NaN or an infinity");
  try {
    return Value::Json(json.dump(), std::move(type));
  } catch (const std::exception& e) {  // A string that is not UTF-8.
    return Invalid("cannot be written as JSON: {}", e.what());
  }
}

Result<nlohmann::json> JsonFromValue(const Value& value) {
  if (value.kind() == ValueKind::kText) return nlohmann::json(value.text());
  if (value.kind() != ValueKind::kJson) return WrongKind(value, "JSON value");
  try {
    return nlohmann::json::parse(value.json());
  } catch (const std::exception& e) {
    return Corrupt("not JSON: {}", e.what());
  }
}

Result<Value> TableToValue(const TablePtr& table) {
  if (!table) return Invalid("the table is null");
  return Value::Table(table, "arrow::Table");
}

Result<TablePtr> TableFromValue(const Value& value) {
  if (value.kind() == ValueKind::kTable) return value.table();
  if (value.kind() == ValueKind::kStream) return FromArrow(value.stream()->ToTable());
  if (value.kind() == ValueKind::kForeign) {
    ENTREPOT_ASSIGN_OR_RETURN(const Value storable, value.foreign()->ToStorable());
    if (storable.kind() == ValueKind::kTable) return storable.table();
  }
  return WrongKind(value, "table");
}

Result<Value> BatchToValue(const std::shared_ptr<arrow::RecordBatch>& batch) {
  if (!batch) return Invalid("the record batch is null");
  ENTREPOT_ASSIGN_OR_RETURN(TablePtr table, arrow::Table::FromRecordBatches({batch}));
  return Value::Table(std::move(table), "arrow::RecordBatch");
}

Result<std::shared_ptr<arrow::RecordBatch>> BatchFromValue(const Value& value) {
  ENTREPOT_ASSIGN_OR_RETURN(const TablePtr table, TableFromValue(value));
  return FromArrow(table->CombineChunksToBatch());
}

Result<RecordBatchReaderPtr> StreamFromValue(const Value& value) {
  if (value.kind() == ValueKind::kStream) return value.stream();
  ENTREPOT_ASSIGN_OR_RETURN(const TablePtr table, TableFromValue(value));
  return RecordBatchReaderPtr(std::make_shared<arrow::TableBatchReader>(table));
}

Result<std::string> TextFromValue(const Value& value) {
  if (value.kind() == ValueKind::kText) return value.text();
  if (value.kind() == ValueKind::kJson) {
    ENTREPOT_ASSIGN_OR_RETURN(const nlohmann::json json, JsonFromValue(value));
    if (json.is_string()) return json.get<std::string>();
  }
  if (value.kind() == ValueKind::kForeign) {
    ENTREPOT_ASSIGN_OR_RETURN(const Value storable, value.foreign()->ToStorable());
    if (storable.kind() != ValueKind::kForeign) return TextFromValue(storable);
  }
  return WrongKind(value, "text");
}

Result<std::shared_ptr<arrow::Buffer>> BytesFromValue(const Value& value) {
  if (value.kind() == ValueKind::kBytes) return value.bytes();
  if (value.kind() == ValueKind::kText) return arrow::Buffer::FromString(value.text());
  return WrongKind(value, "bytes");
}

Result<Tensor> TensorFromValue(const Value& value) {
  if (value.kind() == ValueKind::kTensor) return value.tensor();
  if (value.kind() == ValueKind::kForeign) {
    ENTREPOT_ASSIGN_OR_RETURN(const Value storable, value.foreign()->ToStorable());
    if (storable.kind() == ValueKind::kTensor) return storable.tensor();
  }
  return WrongKind(value, "tensor");
}

Result<Value> FileToValue(FilePath path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path.path(), error);
  switch (status.type()) {
    case std::filesystem::file_type::regular:
      return Value::File(std::move(path), "entrepot::FilePath");
    case std::filesystem::file_type::directory:
      return Value::Folder(std::move(path), "entrepot::FilePath");
    case std::filesystem::file_type::not_found:
      return NotFound(
          "there is nothing at '{}': a path as a value stands for the file or folder "
          "that is there; to keep the path itself, make it a string",
          path.string());
    default:
      if (error)
        return FromErrno(error.value(), fmt::format("looking at '{}'", path.string()));
      return Invalid("'{}' is neither a file nor a folder", path.string());
  }
}

Result<FilePath> FileFromValue(const Value& value) {
  if (value.kind() == ValueKind::kFile || value.kind() == ValueKind::kFolder) {
    return value.file_path();
  }
  return WrongKind(value, "file or folder");
}

}  // namespace entrepot::internal
