#include "entrepot/codec/arrow_file_internal.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "entrepot/arrow_result.h"

namespace entrepot {

std::shared_ptr<const arrow::KeyValueMetadata> NotesToMetadata(const FileNotes& notes) {
  auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  if (!notes.version.empty()) metadata->Append(kVersionKey, notes.version);
  if (!notes.type.empty()) metadata->Append(kTypeKey, notes.type);
  return metadata->size() > 0 ? metadata : nullptr;
}

FileNotes NotesFromMetadata(const arrow::KeyValueMetadata* metadata) {
  if (!metadata) return {};
  return {.version = metadata->Get(kVersionKey).ValueOr(""),
          .type = metadata->Get(kTypeKey).ValueOr("")};
}

std::shared_ptr<const arrow::KeyValueMetadata> WithoutNotes(
    const std::shared_ptr<const arrow::KeyValueMetadata>& metadata) {
  if (!metadata) return nullptr;
  auto rest = std::make_shared<arrow::KeyValueMetadata>();
  for (std::int64_t i = 0; i < metadata->size(); ++i) {
    if (metadata->key(i) == kVersionKey || metadata->key(i) == kTypeKey) continue;
    rest->Append(metadata->key(i), metadata->value(i));
  }
  return rest->size() > 0 ? rest : nullptr;
}

std::string DescribeSchema(const arrow::Schema& schema) {
  std::string text;
  for (const auto& field : schema.fields()) {
    if (!text.empty()) text += '\n';
    text += field->ToString();
  }
  return text;
}

Decoded MakeDecoded(Value value, FileNotes notes) {
  value.set_type(notes.type);
  return {.value = std::move(value), .notes = std::move(notes)};
}

std::shared_ptr<arrow::io::OutputStream> Borrow(arrow::io::OutputStream& out) {
  return {std::shared_ptr<void>(), &out};
}

arrow::Status FileBatchReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  batch->reset();
  if (!next_) return arrow::Status::OK();
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> next;
  try {
    next = next_();
    if (next.ok() && *next) {
      const arrow::Status valid = (*next)->Validate();
      if (!valid.ok()) next = valid;
    }
  } catch (const std::exception& e) {
    next = arrow::Status::IOError(e.what());
  }
  if (!next.ok()) {
    next_ = nullptr;
    return ToArrow(file_->Explain(next.status(), format_));
  }
  if (*next) {
    *batch = arrow::RecordBatch::Make(schema_, (*next)->num_rows(), (*next)->columns());
  } else {
    next_ = nullptr;
  }
  return arrow::Status::OK();
}

arrow::Status FileBatchReader::Close() {
  next_ = nullptr;
  return arrow::Status::OK();
}

}  // namespace entrepot
