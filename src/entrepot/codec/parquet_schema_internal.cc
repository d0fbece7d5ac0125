/// \file entrepot/codec/parquet_schema_internal.cc
/// Parquet has fewer types than Arrow. Most of the others come back through the Arrow
/// schema that is stored with the file; some do not (timestamp[s] becomes [ms]), some
/// only without nulls, and some cannot be written. Rather than keep a list that every
/// Arrow release outdates, a table of two rows (one empty, one null) makes the journey in
/// memory, once per schema.

#include "entrepot/codec/parquet_schema_internal.h"

#include <algorithm>
#include <set>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/extension_type.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/key_value_metadata.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/arrow_file_internal.h"
#include "entrepot/codec/bounded_parquet_writer_internal.h"
#include "entrepot/codec/leaves_internal.h"
#include "entrepot/codec/parquet_reader_internal.h"

namespace entrepot {
namespace {

using arrow::internal::checked_cast;

// Beyond it, all answers are forgotten.
constexpr size_t kMaxKnownBytes = 4 << 20;

// Metadata comes back as it was unless the file itself uses its keys.
bool MetadataSurvives(const arrow::KeyValueMetadata* metadata) {
  if (!metadata) return true;
  std::set<std::string_view> seen = {kVersionKey, kTypeKey, "ARROW:schema"};
  return std::ranges::all_of(metadata->keys(),
                             [&](const auto& key) { return seen.insert(key).second; });
}

// An empty value and, where there may be one, a null.
Result<std::shared_ptr<arrow::Array>> SampleColumn(const arrow::Field& field) {
  if (field.type()->id() == arrow::Type::EXTENSION) {
    const auto& type = checked_cast<const arrow::ExtensionType&>(*field.type());
    ENTREPOT_ASSIGN_OR_RETURN(const auto storage,
                              SampleColumn(*field.WithType(type.storage_type())));
    return arrow::ExtensionType::WrapArray(field.type(), storage);
  }
  ENTREPOT_ASSIGN_OR_RETURN(const auto builder, arrow::MakeBuilder(field.type()));
  ENTREPOT_RETURN_IF_ERROR(builder->AppendEmptyValue());
  ENTREPOT_RETURN_IF_ERROR(field.nullable() ? builder->AppendNull()
                                            : builder->AppendEmptyValue());
  return FromArrow(builder->Finish());
}

Result<bool> ComesBack(const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    ENTREPOT_ASSIGN_OR_RETURN(auto column, SampleColumn(*field));
    columns.push_back(std::move(column));
  }
  const auto table = arrow::Table::Make(schema, std::move(columns), 2);
  ENTREPOT_ASSIGN_OR_RETURN(const auto out, arrow::io::BufferOutputStream::Create());
  BoundedParquetWriter writer(schema, *out);
  ENTREPOT_RETURN_IF_ERROR(writer.Write(*table));
  ENTREPOT_RETURN_IF_ERROR(writer.Finish(nullptr));
  ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, out->Finish());
  const DecodeRequest request = {.file =
                                     std::make_shared<arrow::io::BufferReader>(bytes)};
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto opened,
      OpenParquet(request, std::make_shared<WatchedFile>(request.file)));
  ENTREPOT_ASSIGN_OR_RETURN(const auto back, ReadParquetTable(opened));
  return back->Equals(*table, /*check_metadata=*/true);
}

bool ComesBackOrNot(const arrow::Schema& schema) {
  // Dictionaries would come back with the values that rows use, in the order of their
  // use.
  if (HasDictionary(schema)) return false;
  try {
    return ComesBack(schema.RemoveMetadata()).value_or(false);
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

bool ExactParquetSchemas::Contains(const arrow::Schema& schema) const {
  // Rows without columns would be lost.
  if (schema.num_fields() == 0 || !MetadataSurvives(schema.metadata().get()))
    return false;
  // Metadata is left out of the key: that of pandas differs with every number of rows.
  const auto serialized = arrow::ipc::SerializeSchema(*schema.RemoveMetadata());
  if (!serialized.ok()) return false;
  std::string key = (*serialized)->ToString();
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  const bool contains = ComesBackOrNot(schema);
  const std::lock_guard lock(mutex_);
  if (known_bytes_ + key.size() > kMaxKnownBytes) {
    known_.clear();
    known_bytes_ = 0;
  }
  known_bytes_ += key.size();
  known_.emplace(std::move(key), contains);
  return contains;
}

}  // namespace entrepot
