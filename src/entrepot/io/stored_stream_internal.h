#pragma once

/// \file entrepot/io/stored_stream_internal.h
/// What is said when a stored value turns out to be damaged.

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>

#include "entrepot/asset/receipt.h"
#include "entrepot/error.h"

namespace entrepot {

/// A stored file that is being read. Plain data.
struct DamageReport {
  std::string value;  ///< Names it in messages: asset 'a/b'.
  std::string path;
  std::string expected_digest;  ///< "" if nobody knows.
  std::shared_ptr<arrow::io::RandomAccessFile> file;
};

/// Adds to an error of kCorrupt which digest the file should have and which it has, for
/// which it is read once more. Other errors are returned as they are.
Error WithDigests(const Error& error, const DamageReport& report);

/// Returns `stream`, whose errors say which value and file they are about.
std::shared_ptr<arrow::RecordBatchReader> Reporting(
    std::shared_ptr<arrow::RecordBatchReader> stream, DamageReport report);

}  // namespace entrepot
