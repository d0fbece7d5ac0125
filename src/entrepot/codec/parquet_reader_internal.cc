/// \file entrepot/codec/parquet_reader_internal.cc
/// Parquet gives the values inside lists and maps names of its own, and Arrow may add
/// field ids to the metadata. Where the Arrow schema stored in the file differs from what
/// Arrow makes of the Parquet schema only in such names and metadata, the stored one is
/// right, and the arrays are labelled with its types.

#include "entrepot/codec/parquet_reader_internal.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/extension_type.h>
#include <arrow/table.h>
#include <arrow/type_traits.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/size_statistics.h>

#include "entrepot/codec/arrow_file_internal.h"

namespace entrepot {
namespace {

constexpr std::int64_t kBatchRows = 64 << 10;
constexpr std::int64_t kBatchBytes = 16 << 20;
constexpr std::int64_t kReadAheadBytes = 64 << 20;  // Of all columns of a stream.

// ---- The schema that was stored --------------------------------------------------

std::shared_ptr<arrow::Schema> WithStoredNames(const arrow::Schema& read,
                                               const arrow::Schema* stored) {
  arrow::FieldVector fields = read.fields();
  for (int i = 0; stored != nullptr && i < read.num_fields(); ++i) {
    const auto& field = stored->field(i);
    if (field->Equals(*fields[static_cast<size_t>(i)], /*check_metadata=*/false)) {
      fields[static_cast<size_t>(i)] = field;
    }
  }
  return arrow::schema(std::move(fields), WithoutNotes(read.metadata()));
}

std::shared_ptr<arrow::ArrayData> WithType(const arrow::ArrayData& data,
                                           const std::shared_ptr<arrow::DataType>& type) {
  auto labelled = data.Copy();
  labelled->type = type;
  const bool is_extension = type->id() == arrow::Type::EXTENSION;
  const arrow::DataType& storage =
      is_extension ? *arrow::internal::checked_cast<const arrow::ExtensionType&>(*type)
                          .storage_type()
                   : *type;
  for (int i = 0; i < storage.num_fields(); ++i) {
    auto& child = labelled->child_data[static_cast<size_t>(i)];
    child = WithType(*child, storage.field(i)->type());
  }
  return labelled;
}

std::shared_ptr<arrow::Array> WithType(const std::shared_ptr<arrow::Array>& array,
                                       const std::shared_ptr<arrow::DataType>& type) {
  if (array->type()->Equals(*type, /*check_metadata=*/true)) return array;
  return arrow::MakeArray(WithType(*array->data(), type));
}

std::shared_ptr<arrow::ChunkedArray> WithType(
    const std::shared_ptr<arrow::ChunkedArray>& column,
    const std::shared_ptr<arrow::DataType>& type) {
  arrow::ArrayVector chunks;
  for (const auto& chunk : column->chunks()) chunks.push_back(WithType(chunk, type));
  return std::make_shared<arrow::ChunkedArray>(std::move(chunks), type);
}

// ---- Bounds ----------------------------------------------------------------------

// Bytes of a row group's values when decoded, as far as its metadata tells.
std::int64_t DecodedBytes(const parquet::RowGroupMetaData& group) {
  std::int64_t size_bytes = 0;
  for (int i = 0; i < group.num_columns(); ++i) {
    const auto chunk = group.ColumnChunk(i);
    const auto sizes = chunk->size_statistics();
    const bool is_known = sizes && sizes->unencoded_byte_array_data_bytes.has_value();
    const std::int64_t chunk_bytes =
        is_known ? *sizes->unencoded_byte_array_data_bytes
                 : std::max(chunk->total_uncompressed_size(), chunk->num_values());
    // Damaged metadata may say anything.
    size_bytes += std::clamp<std::int64_t>(chunk_bytes, 0, std::int64_t{1} << 40);
  }
  return size_bytes;
}

std::int64_t RowsPerBatch(const parquet::FileMetaData& metadata) {
  std::int64_t rows = kBatchRows;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto group = metadata.RowGroup(i);
    const std::int64_t row_bytes =
        DecodedBytes(*group) / std::max<std::int64_t>(group->num_rows(), 1) + 1;
    rows = std::min(rows, kBatchBytes / row_bytes);
  }
  return std::max<std::int64_t>(rows, 1);
}

parquet::ReaderProperties FileProperties(const DecodeRequest& request, int num_columns) {
  parquet::ReaderProperties properties;
  properties.set_page_checksum_verification(request.check_pages);
  // Files of others may have row groups of any size: read them piece by piece.
  if (request.as_stream && !request.file->supports_zero_copy()) {
    properties.enable_buffered_stream();
    properties.set_buffer_size(std::clamp<std::int64_t>(
        kReadAheadBytes / std::max(num_columns, 1), 64 << 10, 1 << 20));
  }
  return properties;
}

bool IsNested(const arrow::Schema& schema) {
  return std::ranges::any_of(schema.fields(), [](const auto& field) {
    return arrow::is_nested(field->type()->storage_id());
  });
}

arrow::Result<TablePtr> ReadRows(const OpenParquetFile& opened) {
  // A nested column's values must fit one array per read, so these go group by group.
  const int num_groups = opened.reader->num_row_groups();
  if (num_groups < 2 || !IsNested(*opened.schema)) return opened.reader->ReadTable();
  std::vector<TablePtr> groups;
  for (int i = 0; i < num_groups; ++i) {
    ARROW_ASSIGN_OR_RAISE(auto group, opened.reader->ReadRowGroups({i}));
    groups.push_back(std::move(group));
  }
  return arrow::ConcatenateTables(groups);
}

}  // namespace

arrow::Result<OpenParquetFile> OpenParquet(const DecodeRequest& request,
                                           const std::shared_ptr<WatchedFile>& file) {
  const auto metadata = parquet::ParquetFileReader::Open(file)->metadata();
  parquet::ArrowReaderProperties properties;
  properties.set_use_threads(true);
  // Prefetched bytes would stay until the end; those in memory need none.
  properties.set_pre_buffer(!request.as_stream && !file->supports_zero_copy());
  if (request.as_stream) properties.set_batch_size(RowsPerBatch(*metadata));
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(
      builder.Open(file, FileProperties(request, metadata->num_columns()), metadata));
  OpenParquetFile opened;
  opened.file = file;
  ARROW_ASSIGN_OR_RAISE(opened.reader, builder.properties(properties)->Build());
  std::shared_ptr<arrow::Schema> read;
  ARROW_RETURN_NOT_OK(opened.reader->GetSchema(&read));
  opened.schema = WithStoredNames(*read, opened.reader->manifest().origin_schema.get());
  opened.notes = NotesFromMetadata(metadata->key_value_metadata().get());
  return opened;
}

arrow::Result<TablePtr> ReadParquetTable(const OpenParquetFile& opened) {
  ARROW_ASSIGN_OR_RAISE(const TablePtr table, ReadRows(opened));
  ARROW_RETURN_NOT_OK(table->Validate());
  arrow::ChunkedArrayVector columns;
  for (int i = 0; i < table->num_columns(); ++i) {
    columns.push_back(WithType(table->column(i), opened.schema->field(i)->type()));
  }
  return arrow::Table::Make(opened.schema, std::move(columns), table->num_rows());
}

arrow::Result<RecordBatchReaderPtr> ReadParquetStream(const OpenParquetFile& opened) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> batches,
                        opened.reader->GetRecordBatchReader());
  // The batch reader borrows the file reader.
  auto next = [reader = opened.reader, schema = opened.schema,
               batches]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
    ARROW_ASSIGN_OR_RAISE(const auto batch, batches->Next());
    if (!batch) return nullptr;
    arrow::ArrayVector columns;
    for (int i = 0; i < batch->num_columns(); ++i) {
      columns.push_back(WithType(batch->column(i), schema->field(i)->type()));
    }
    return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
  };
  return std::make_shared<FileBatchReader>(opened.file, kParquetName, opened.schema,
                                           std::move(next));
}

}  // namespace entrepot
