#pragma once

/// \file entrepot/io/file_manager.h
/// Managers of opaque files: what a pipeline keeps without looking into it.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/io/type_fwd.h>
#include <arrow/type_fwd.h>

#include "entrepot/io/file_handle.h"
#include "entrepot/result.h"

namespace entrepot {

/// Keeps files under names of its own, each written once and named by a handle.
/// Extensions may begin with a dot or not. Must be safe for concurrent use.
class FileManager {
 public:
  virtual ~FileManager() = default;

  /// Keeps all that `bytes` has, read in parts, in a new file, which is there as a whole
  /// or not at all.
  ///
  /// Errors: those of `bytes`
  ///         kInvalid      not an extension
  ///         kUnavailable  the store is full or does not answer
  virtual Result<FileHandle> Write(arrow::io::InputStream& bytes,
                                   std::string_view extension = {}) = 0;

  /// Opens a file, to be read in parts.
  ///
  /// Errors: kNotFound  the handle names nothing
  ///         kInvalid   it is a handle of another kind of manager
  virtual Result<std::shared_ptr<arrow::io::RandomAccessFile>> Read(
      const FileHandle& handle) = 0;

  /// Returns the path of a local copy, which the manager keeps until DeleteLocalTemp or
  /// its own end. It has the file's extension. Errors: as Read, and those of the copy's
  /// filesystem.
  virtual Result<std::string> CopyHandleToLocalTemp(const FileHandle& handle) = 0;

  /// Deletes all local copies made so far.
  virtual Status DeleteLocalTemp() = 0;
};

/// Keeps `bytes` in a new file.
Result<FileHandle> WriteData(FileManager& manager, std::string_view bytes,
                             std::string_view extension = {});

/// Keeps a copy of the local file at `path` in a new file of its extension.
///
/// Errors: as Write; kNotFound: there is no such file; kInvalid: it is no file
Result<FileHandle> CopyIn(FileManager& manager, const std::filesystem::path& path);

/// Reads all of a file.
Result<std::shared_ptr<arrow::Buffer>> ReadData(FileManager& manager,
                                                const FileHandle& handle);

}  // namespace entrepot
