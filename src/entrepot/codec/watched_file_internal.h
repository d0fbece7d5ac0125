#pragma once

/// \file entrepot/codec/watched_file_internal.h
/// Tells a store that failed from bytes that are wrong.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include "entrepot/result.h"

namespace entrepot {

/// Forwards to a file and remembers its first failure. Format readers report damage and a
/// store that does not answer alike, as I/O errors; only who failed first tells them
/// apart. Keeps the file alive, never closes it. Safe for concurrent use as far as the
/// file is.
class WatchedFile final : public arrow::io::RandomAccessFile {
 public:
  explicit WatchedFile(std::shared_ptr<arrow::io::RandomAccessFile> file)
      : file_(std::move(file)) {}

  /// Returns what a format reader's failure means: the file's own error where it failed,
  /// else kUnsupported for what the reader does not know, else kCorrupt.
  Error Explain(const arrow::Status& failure, std::string_view format) const;

  using RandomAccessFile::ReadAt;
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t size_bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position,
                                                       int64_t size_bytes) override;
  arrow::Result<int64_t> Read(int64_t size_bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size_bytes) override;
  arrow::Result<int64_t> GetSize() override;
  arrow::Result<int64_t> Tell() const override { return file_->Tell(); }
  arrow::Status Seek(int64_t position) override { return file_->Seek(position); }
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return file_->closed(); }
  bool supports_zero_copy() const override { return file_->supports_zero_copy(); }

 private:
  arrow::Result<int64_t> Reachable(int64_t position, int64_t size_bytes);
  void Note(const arrow::Status& status);
  template <typename T>
  arrow::Result<T> Noted(arrow::Result<T> result);

  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  mutable std::mutex mutex_;
  arrow::Status first_failure_;  // Guarded by mutex_.
};

/// Returns the whole file, without a copy where it is in memory.
Result<std::shared_ptr<arrow::Buffer>> ReadWhole(arrow::io::RandomAccessFile& file);

}  // namespace entrepot
