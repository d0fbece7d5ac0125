#pragma once

/// \file entrepot/codec/parquet_reader_internal.h
/// Reads Parquet files as Arrow tables and streams.

#include <memory>

#include <parquet/arrow/reader.h>

#include "entrepot/codec/codec.h"
#include "entrepot/codec/watched_file_internal.h"

namespace entrepot {

/// What errors call the format.
inline constexpr std::string_view kParquetName = "Parquet";

/// A file open for reading.
struct OpenParquetFile {
  std::shared_ptr<WatchedFile> file;
  std::shared_ptr<parquet::arrow::FileReader> reader;
  std::shared_ptr<arrow::Schema> schema;  ///< As it was written, without the notes.
  FileNotes notes;
};

/// Opens a file as `request` says, but through `file`. Damage is an error or an
/// exception.
arrow::Result<OpenParquetFile> OpenParquet(const DecodeRequest& request,
                                           const std::shared_ptr<WatchedFile>& file);

/// Reads all rows, on all cores. Damage is an error or an exception.
arrow::Result<TablePtr> ReadParquetTable(const OpenParquetFile& opened);

/// Returns the rows batch by batch, each read when it is asked for. The result keeps all
/// it needs; its errors are ours.
arrow::Result<RecordBatchReaderPtr> ReadParquetStream(const OpenParquetFile& opened);

}  // namespace entrepot
