#pragma once

/// \file benchmarks/table_round_trip/mixed_table.h
/// The table that every competitor stores, as make_table.py wrote it.

#include <memory>
#include <string>

#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/table.h>

#include "benchmarks/measurement.h"

namespace entrepot::benchmarks {

/// Reads the table into memory of its own (no map), one chunk per column.
inline std::shared_ptr<arrow::Table> ReadTable(const std::string& path) {
  const auto file = OrFail(arrow::io::ReadableFile::Open(path));
  const auto reader = OrFail(arrow::ipc::RecordBatchFileReader::Open(file));
  return OrFail(OrFail(reader->ToTable())->CombineChunks());
}

}  // namespace entrepot::benchmarks
