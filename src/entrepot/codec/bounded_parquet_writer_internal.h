#pragma once

/// \file entrepot/codec/bounded_parquet_writer_internal.h
/// Writes rows of any number and shape as one Parquet file, in bounded memory.

#include <cstdint>
#include <memory>

#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/writer.h>

#include "entrepot/codec/column_encoding_internal.h"
#include "entrepot/result.h"

namespace entrepot {

/// One Parquet file being written, from one table or from batch after batch. Without
/// Finish, or after an error, what was written is no file. One thread at a time; uses
/// Arrow's CPU pool.
class BoundedParquetWriter {
 public:
  /// Borrows `out`.
  BoundedParquetWriter(std::shared_ptr<arrow::Schema> schema,
                       arrow::io::OutputStream& out);

  /// Writes all rows of a table.
  Status Write(const arrow::Table& table);

  /// Writes the rows of a batch, now or with a later one.
  Status Append(std::shared_ptr<arrow::RecordBatch> batch);

  /// Writes what is left, and the footer with `metadata` (which may be null).
  Status Finish(const std::shared_ptr<const arrow::KeyValueMetadata>& metadata);

  std::int64_t num_rows() const { return num_rows_; }

  /// Bytes that the file's row groups have taken at most, beside the batches given.
  std::int64_t max_buffered_bytes() const { return pool_.max_memory(); }

 private:
  Status Open(const arrow::ChunkedArrayVector& columns, std::int64_t group_rows);
  Status WriteGathered();
  Status WriteInSlices(const arrow::RecordBatch& batch);
  Status WriteSlice(const arrow::RecordBatch& slice, std::int64_t slice_bytes);

  const std::shared_ptr<arrow::Schema> schema_;
  arrow::io::OutputStream& out_;
  const bool is_wide_;
  arrow::ProxyMemoryPool pool_;  // Counts what the writer holds; outlives it.
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::int64_t num_rows_ = 0;
  std::int64_t group_rows_ = 0;   // Of the row group being buffered.
  std::int64_t group_bytes_ = 0;  // The same, before encoding.
  arrow::RecordBatchVector gathered_;
  std::int64_t gathered_rows_ = 0;
  std::int64_t gathered_bytes_ = 0;
};

}  // namespace entrepot
