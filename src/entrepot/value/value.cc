#include "entrepot/value/value.h"

#include <array>

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/util/byte_size.h>

namespace entrepot {
namespace {

// In the order of ValueKind.
constexpr std::array<std::string_view, 11> kKindNames = {
    "nothing", "bytes",   "text", "json",   "table", "stream",
    "tensor",  "foreign", "file", "folder", "map"};

}  // namespace

std::string_view ToString(ValueKind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

Value Value::Bytes(std::shared_ptr<arrow::Buffer> bytes, std::string type) {
  Value value;
  value.data_ = std::move(bytes);
  value.type_ = std::move(type);
  return value;
}

Value Value::Bytes(std::string bytes, std::string type) {
  return Bytes(arrow::Buffer::FromString(std::move(bytes)), std::move(type));
}

Value Value::Text(std::string text, std::string type) {
  Value value;
  value.data_ = TextData{std::make_shared<const std::string>(std::move(text))};
  value.type_ = std::move(type);
  return value;
}

Value Value::Json(std::string json, std::string type) {
  Value value;
  value.data_ = JsonData{std::make_shared<const std::string>(std::move(json))};
  value.type_ = std::move(type);
  return value;
}

Value Value::Table(TablePtr table, std::string type) {
  Value value;
  value.data_ = std::move(table);
  value.type_ = std::move(type);
  return value;
}

Value Value::Stream(RecordBatchReaderPtr reader, std::string type) {
  Value value;
  value.data_ = std::move(reader);
  value.type_ = std::move(type);
  return value;
}

Value Value::Tensor(entrepot::Tensor tensor, std::string type) {
  Value value;
  value.data_.emplace<entrepot::Tensor>(std::move(tensor));
  value.type_ = std::move(type);
  return value;
}

Value Value::Foreign(std::shared_ptr<const ForeignObject> object) {
  Value value;
  value.type_ = object->type();
  value.data_ = std::move(object);
  return value;
}

Value Value::File(FilePath file, std::string type) {
  Value value;
  value.data_ = FileData{std::move(file)};
  value.type_ = std::move(type);
  return value;
}

Value Value::Folder(FilePath folder, std::string type) {
  Value value;
  value.data_ = FolderData{std::move(folder)};
  value.type_ = std::move(type);
  return value;
}

Value Value::Map(std::vector<std::pair<std::string, Value>> entries) {
  Value value;
  value.data_ =
      MapData{std::make_shared<const std::vector<std::pair<std::string, Value>>>(
          std::move(entries))};
  return value;
}

const std::vector<std::pair<std::string, Value>>& Value::map() const {
  return *std::get<MapData>(data_).entries;
}

const std::shared_ptr<arrow::Buffer>& Value::bytes() const { return std::get<1>(data_); }
const std::string& Value::text() const { return *std::get<TextData>(data_).text; }
const std::string& Value::json() const { return *std::get<JsonData>(data_).json; }
const TablePtr& Value::table() const { return std::get<TablePtr>(data_); }
const RecordBatchReaderPtr& Value::stream() const {
  return std::get<RecordBatchReaderPtr>(data_);
}
const entrepot::Tensor& Value::tensor() const {
  return std::get<entrepot::Tensor>(data_);
}
const std::shared_ptr<const ForeignObject>& Value::foreign() const {
  return std::get<std::shared_ptr<const ForeignObject>>(data_);
}

const FilePath& Value::file_path() const {
  const auto* folder = std::get_if<FolderData>(&data_);
  return folder != nullptr ? folder->path : std::get<FileData>(data_).path;
}

std::optional<std::int64_t> Value::num_rows() const {
  if (kind() == ValueKind::kForeign) return foreign()->num_rows();
  if (kind() != ValueKind::kTable) return std::nullopt;
  return table()->num_rows();
}

std::int64_t Value::size_bytes() const {
  switch (kind()) {
    case ValueKind::kNothing:
    case ValueKind::kStream:
    case ValueKind::kFile:
    case ValueKind::kFolder:
      return 0;
    case ValueKind::kMap: {
      std::int64_t size = 0;
      for (const auto& [key, value] : map()) size += value.size_bytes();
      return size;
    }
    case ValueKind::kBytes:
      return bytes()->size();
    case ValueKind::kText:
      return static_cast<std::int64_t>(text().size());
    case ValueKind::kJson:
      return static_cast<std::int64_t>(json().size());
    case ValueKind::kTable:
      return arrow::util::TotalBufferSize(*table());
    case ValueKind::kTensor:
      return tensor().data()->size();
    case ValueKind::kForeign:
      return foreign()->size_bytes();
  }
  return 0;
}

}  // namespace entrepot
