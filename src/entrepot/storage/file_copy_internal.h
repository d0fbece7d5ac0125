#pragma once

/// \file entrepot/storage/file_copy_internal.h
/// The bytes of one file into another, digested on the way.

#include <string>

#include "entrepot/storage/file_descriptor_internal.h"
#include "entrepot/storage/local_store.h"

namespace entrepot::internal {

/// What is digested while it is in the processor's cache.
inline constexpr size_t kSliceBytes = 256 << 10;

/// What is to be stored, open for reading.
struct SourceFile {
  FileDescriptor file;
  std::string path;  ///< For messages.
  FileFacts facts{};
};

/// Opens what is at `path` without waiting for anybody, whatever it is. `flags` are added
/// to those of open(2).
///
/// Errors: those of the filesystem
Result<SourceFile> OpenSource(LocalCalls& calls, const std::string& path, int flags = 0);

/// Copies all of the source to where the writes of `to` go, which must be empty, by way
/// of the filesystem where that can share or move the bytes itself. Tells what `to` has.
Result<Written> CopyFile(LocalCalls& calls, const SourceFile& source,
                         const FileDescriptor& to);

/// Digests all of a file.
Result<Written> DigestFile(LocalCalls& calls, const FileDescriptor& file,
                           const std::string& path);

/// Writes all of `bytes`.
Status WriteAll(LocalCalls& calls, const FileDescriptor& file,
                std::span<const std::byte> bytes, const std::string& path);

}  // namespace entrepot::internal
