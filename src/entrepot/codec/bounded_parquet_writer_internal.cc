/// \file entrepot/codec/bounded_parquet_writer_internal.cc
/// Parquet in bounded memory, on all cores.
///
/// A file's columns come one after the other within each row group, so to encode them at
/// the same time, all but one have to be buffered. How, depends on the number of columns:
///
///   up to 100   Slices of at most 16 MiB go through all columns' encoders in parallel
///   into
///               a buffered row group. It ends when the encoders really hold 24 MiB (told
///               by the pool they allocate from: buffers of compressed pages, half-full
///               pages, dictionaries), at 1 Mi rows, or at 256 MiB of values.
///   more        Half-full pages alone would fill that memory with few rows, and short
///   row
///               groups are slow and large. So each column of a long row group is written
///               as a whole, one by one. Batches are gathered up to 64 MiB for it.
///
/// Small batches are gathered until a slice is worth encoding. Memory beside the values
/// given: the row group's 24 MiB, one slice's growth of it, and the gathered batches.

#include "entrepot/codec/bounded_parquet_writer_internal.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/chunked_array.h>
#include <arrow/table.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/arrow_file_internal.h"
#include "entrepot/codec/leaves_internal.h"

namespace entrepot {
namespace {

constexpr int kMaxBufferedColumns = 100;
constexpr std::int64_t kSliceBytes = 16 << 20;
constexpr std::int64_t kSliceRows = 256 << 10;
constexpr std::int64_t kBufferedBytes = 24 << 20;
constexpr std::int64_t kGroupRows = 1 << 20;
constexpr std::int64_t kUsualGroupRows = 512 << 10;
constexpr std::int64_t kGroupBytes = 256 << 20;
constexpr std::int64_t kGatherRows = 64 << 10;
constexpr std::int64_t kGatherBytes = 8 << 20;
constexpr std::int64_t kWideGatherBytes = 64 << 20;

int CountLeaves(const arrow::Schema& schema) {
  int count = 0;
  for (const auto& field : schema.fields())
    count += entrepot::CountLeaves(*field->type());
  return count;
}

parquet::WriterProperties::Builder CommonProperties(arrow::MemoryPool* pool) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool)
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->compression(parquet::Compression::ZSTD)
      ->compression_level(1)
      ->dictionary_pagesize_limit(kDictionaryLimitBytes)
      ->max_row_group_length(kGroupRows)
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::ColumnChunk)
      ->enable_page_checksum();
  return builder;
}

std::shared_ptr<parquet::ArrowWriterProperties> ArrowProperties() {
  return parquet::ArrowWriterProperties::Builder()
      .store_schema()
      ->set_use_threads(true)
      ->build();
}

// Encodings are set by path, and paths are not unique: two columns may have one name, and
// "a.b" is a column's name or a path. Those keep what fits every type.
void SetEncodings(const parquet::SchemaDescriptor& columns,
                  const std::vector<ColumnEncoding>& encodings,
                  parquet::WriterProperties::Builder& builder) {
  std::map<std::string, int> uses;
  for (int i = 0; i < columns.num_columns(); ++i) {
    ++uses[columns.Column(i)->path()->ToDotString()];
  }
  for (int i = 0; i < columns.num_columns(); ++i) {
    const std::string path = columns.Column(i)->path()->ToDotString();
    const ColumnEncoding& encoding = encodings[static_cast<size_t>(i)];
    if (uses[path] > 1) continue;
    if (!encoding.statistics) builder.disable_statistics(path);
    if (encoding.dictionary) continue;
    builder.disable_dictionary(path);
    if (encoding.otherwise != parquet::Encoding::PLAIN) {
      builder.encoding(path, encoding.otherwise);
    }
  }
}

arrow::ChunkedArrayVector ColumnsOf(const arrow::RecordBatchVector& batches,
                                    const arrow::Schema& schema) {
  arrow::ChunkedArrayVector columns;
  for (int i = 0; i < schema.num_fields(); ++i) {
    arrow::ArrayVector chunks;
    for (const auto& batch : batches) chunks.push_back(batch->column(i));
    columns.push_back(std::make_shared<arrow::ChunkedArray>(std::move(chunks),
                                                            schema.field(i)->type()));
  }
  return columns;
}

// Small slices of large batches would keep those alive while they wait.
Result<std::shared_ptr<arrow::RecordBatch>> Detached(
    std::shared_ptr<arrow::RecordBatch> batch, std::int64_t own_bytes) {
  if (arrow::util::TotalBufferSize(*batch) <= 2 * own_bytes + 4096) return batch;
  arrow::ArrayVector columns;
  for (const auto& column : batch->columns()) {
    // Concatenating always copies; an empty array beside it makes sure.
    ENTREPOT_ASSIGN_OR_RETURN(auto copy,
                              arrow::Concatenate({column, column->Slice(0, 0)}));
    columns.push_back(std::move(copy));
  }
  return arrow::RecordBatch::Make(batch->schema(), batch->num_rows(), std::move(columns));
}

std::int64_t RowsWithin(std::int64_t limit_bytes, std::int64_t rows, std::int64_t bytes) {
  const double share = static_cast<double>(limit_bytes) / static_cast<double>(bytes + 1);
  return std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::min(share, 1.0) * static_cast<double>(rows)));
}

}  // namespace

BoundedParquetWriter::BoundedParquetWriter(std::shared_ptr<arrow::Schema> schema,
                                           arrow::io::OutputStream& out)
    : schema_(std::move(schema)),
      out_(out),
      is_wide_(CountLeaves(*schema_) > kMaxBufferedColumns),
      // Not the default pool, which keeps what was freed: a store must leave no trace.
      pool_(arrow::system_memory_pool()) {}

Status BoundedParquetWriter::Open(const arrow::ChunkedArrayVector& columns,
                                  std::int64_t group_rows) {
  auto builder = CommonProperties(&pool_);
  const auto arrow_properties = ArrowProperties();
  std::shared_ptr<parquet::SchemaDescriptor> leaves;
  ENTREPOT_RETURN_IF_ERROR(parquet::arrow::ToParquetSchema(
      schema_.get(), *builder.build(), *arrow_properties, &leaves));
  SetEncodings(*leaves, ChooseEncodings(columns, group_rows), builder);
  ENTREPOT_ASSIGN_OR_RETURN(
      writer_, parquet::arrow::FileWriter::Open(*schema_, &pool_, Borrow(out_),
                                                builder.build(), arrow_properties));
  return {};
}

Status BoundedParquetWriter::Write(const arrow::Table& table) {
  ENTREPOT_RETURN_IF_ERROR(
      Open(table.columns(), std::min(table.num_rows(), kUsualGroupRows)));
  if (is_wide_ && table.num_rows() > 0) {
    num_rows_ += table.num_rows();
    const std::int64_t rows = RowsWithin(4 * kGroupBytes, table.num_rows(),
                                         arrow::util::TotalBufferSize(table));
    ENTREPOT_RETURN_IF_ERROR(writer_->WriteTable(table, std::min(rows, kGroupRows)));
    return {};
  }
  arrow::TableBatchReader batches(table);
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ENTREPOT_RETURN_IF_ERROR(batches.ReadNext(&batch));
    if (!batch) return {};
    ENTREPOT_RETURN_IF_ERROR(Append(std::move(batch)));
  }
}

Status BoundedParquetWriter::Append(std::shared_ptr<arrow::RecordBatch> batch) {
  const std::int64_t size_bytes = EncodingBytes(*batch);
  num_rows_ += batch->num_rows();
  gathered_rows_ += batch->num_rows();
  gathered_bytes_ += size_bytes;
  const bool is_full =
      is_wide_ ? gathered_bytes_ >= kWideGatherBytes
               : gathered_rows_ >= kGatherRows || gathered_bytes_ >= kGatherBytes;
  if (!is_full) {
    ENTREPOT_ASSIGN_OR_RETURN(batch, Detached(std::move(batch), size_bytes));
  }
  gathered_.push_back(std::move(batch));
  if (!is_full) return {};
  return WriteGathered();
}

Status BoundedParquetWriter::WriteGathered() {
  if (!writer_) {
    ENTREPOT_RETURN_IF_ERROR(Open(ColumnsOf(gathered_, *schema_),
                                  is_wide_ ? gathered_rows_ : kUsualGroupRows));
  }
  const arrow::RecordBatchVector batches = std::exchange(gathered_, {});
  const std::int64_t rows = std::exchange(gathered_rows_, 0);
  const std::int64_t size_bytes = std::exchange(gathered_bytes_, 0);
  if (rows == 0) return {};
  if (is_wide_) {
    const auto table = arrow::Table::Make(schema_, ColumnsOf(batches, *schema_), rows);
    ENTREPOT_RETURN_IF_ERROR(writer_->WriteTable(
        *table, std::min(kGroupRows, RowsWithin(kGroupBytes, rows, size_bytes))));
    return {};
  }
  if (batches.size() == 1) return WriteInSlices(*batches.front());
  // All but the last are small.
  arrow::RecordBatchVector small(batches.begin(), batches.end() - 1);
  const bool last_is_small = batches.back()->num_rows() < kGatherRows;
  if (last_is_small) small.push_back(batches.back());
  ENTREPOT_ASSIGN_OR_RETURN(const auto together, arrow::ConcatenateRecordBatches(small));
  ENTREPOT_RETURN_IF_ERROR(WriteInSlices(*together));
  return last_is_small ? Status() : WriteInSlices(*batches.back());
}

Status BoundedParquetWriter::WriteInSlices(const arrow::RecordBatch& batch) {
  const std::int64_t rows = batch.num_rows();
  const std::int64_t size_bytes = EncodingBytes(batch);
  if (rows <= 1 || (size_bytes <= 2 * kSliceBytes && rows <= kSliceRows)) {
    return WriteSlice(batch, size_bytes);
  }
  const std::int64_t slice_rows =
      std::min({kSliceRows, RowsWithin(kSliceBytes, rows, size_bytes), rows - 1});
  for (std::int64_t row = 0; row < rows; row += slice_rows) {
    // Where rows differ in size, a slice may have to be sliced again.
    ENTREPOT_RETURN_IF_ERROR(WriteInSlices(*batch.Slice(row, slice_rows)));
  }
  return {};
}

Status BoundedParquetWriter::WriteSlice(const arrow::RecordBatch& slice,
                                        std::int64_t slice_bytes) {
  const bool is_full = group_rows_ + slice.num_rows() > kGroupRows ||
                       group_bytes_ + slice_bytes > kGroupBytes ||
                       pool_.bytes_allocated() > kBufferedBytes;
  if (is_full && group_rows_ > 0) {
    ENTREPOT_RETURN_IF_ERROR(writer_->NewBufferedRowGroup());
    group_rows_ = 0;
    group_bytes_ = 0;
  }
  ENTREPOT_RETURN_IF_ERROR(writer_->WriteRecordBatch(slice));
  group_rows_ += slice.num_rows();
  group_bytes_ += slice_bytes;
  return {};
}

Status BoundedParquetWriter::Finish(
    const std::shared_ptr<const arrow::KeyValueMetadata>& metadata) {
  ENTREPOT_RETURN_IF_ERROR(WriteGathered());
  if (metadata) ENTREPOT_RETURN_IF_ERROR(writer_->AddKeyValueMetadata(metadata));
  ENTREPOT_RETURN_IF_ERROR(writer_->Close());
  return {};
}

}  // namespace entrepot
