#pragma once

/// \file entrepot/storage/file_descriptor_internal.h
/// Ownership of an open file, and the loops around calls that may stop short.

#include <cerrno>
#include <utility>

#include "entrepot/storage/local_calls.h"

namespace entrepot::internal {

/// Calls until it is not interrupted by a signal.
template <typename Call>
auto Uninterrupted(Call call) {
  auto result = call();
  while (result == -EINTR) result = call();
  return result;
}

/// Owns a file descriptor. One thread at a time.
class FileDescriptor {
 public:
  FileDescriptor(LocalCalls& calls, int fd) : calls_(&calls), fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : calls_(other.calls_), fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(calls_, other.calls_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    // A failed close loses nothing: what matters was synced, or was never promised.
    if (fd_ >= 0) (void)calls_->Close(fd_);
  }

  int get() const { return fd_; }

 private:
  LocalCalls* calls_;
  int fd_;
};

}  // namespace entrepot::internal
