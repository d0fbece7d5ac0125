#include "entrepot/codec/watched_file_internal.h"

#include <algorithm>

#include <arrow/buffer.h>

#include "entrepot/arrow_result.h"

namespace entrepot {

Error WatchedFile::Explain(const arrow::Status& failure, std::string_view format) const {
  {
    const std::lock_guard lock(mutex_);
    if (!first_failure_.ok()) return FromArrow(first_failure_);
  }
  if (OurErrorIn(failure) || failure.IsOutOfMemory() || failure.IsCancelled()) {
    return FromArrow(failure);
  }
  if (failure.IsNotImplemented()) {
    return Unsupported("this {} file needs a feature that is not supported: {}", format,
                       failure.message());
  }
  return Corrupt("no {} file, or a damaged one: {}", format, failure.message());
}

void WatchedFile::Note(const arrow::Status& status) {
  if (status.ok()) return;
  const std::lock_guard lock(mutex_);
  if (first_failure_.ok()) first_failure_ = status;
}

template <typename T>
arrow::Result<T> WatchedFile::Noted(arrow::Result<T> result) {
  Note(result.status());
  return result;
}

// Readers of damaged files ask for impossible ranges; that is not the file's failure, and
// no memory must be taken for them.
arrow::Result<int64_t> WatchedFile::Reachable(int64_t position, int64_t size_bytes) {
  ARROW_ASSIGN_OR_RAISE(const int64_t file_bytes, GetSize());
  if (position < 0 || position > file_bytes || size_bytes < 0) {
    return arrow::Status::Invalid("it refers to ", size_bytes, " bytes at ", position,
                                  " of ", file_bytes);
  }
  return std::min(size_bytes, file_bytes - position);
}

arrow::Result<int64_t> WatchedFile::ReadAt(int64_t position, int64_t size_bytes,
                                           void* out) {
  ARROW_ASSIGN_OR_RAISE(size_bytes, Reachable(position, size_bytes));
  return Noted(file_->ReadAt(position, size_bytes, out));
}

arrow::Result<std::shared_ptr<arrow::Buffer>> WatchedFile::ReadAt(int64_t position,
                                                                  int64_t size_bytes) {
  ARROW_ASSIGN_OR_RAISE(size_bytes, Reachable(position, size_bytes));
  return Noted(file_->ReadAt(position, size_bytes));
}

arrow::Result<int64_t> WatchedFile::Read(int64_t size_bytes, void* out) {
  return Noted(file_->Read(size_bytes, out));
}

arrow::Result<std::shared_ptr<arrow::Buffer>> WatchedFile::Read(int64_t size_bytes) {
  return Noted(file_->Read(size_bytes));
}

arrow::Result<int64_t> WatchedFile::GetSize() { return Noted(file_->GetSize()); }

Result<std::shared_ptr<arrow::Buffer>> ReadWhole(arrow::io::RandomAccessFile& file) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size_bytes, file.GetSize());
  // Some object stores refuse to read from an empty object.
  if (size_bytes == 0) return std::make_shared<arrow::Buffer>(nullptr, 0);
  ENTREPOT_ASSIGN_OR_RETURN(auto buffer, file.ReadAt(0, size_bytes));
  if (buffer->size() != size_bytes) {
    return Corrupt("the file ended after {} of {} bytes", buffer->size(), size_bytes);
  }
  return buffer;
}

}  // namespace entrepot
