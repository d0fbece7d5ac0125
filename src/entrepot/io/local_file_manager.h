#pragma once

/// \file entrepot/io/local_file_manager.h
/// Opaque files in a folder of the local filesystem.

#include <memory>
#include <string>

#include "entrepot/config/fields.h"
#include "entrepot/durability.h"
#include "entrepot/io/file_manager.h"
#include "entrepot/io/local_copies.h"
#include "entrepot/storage/local_store.h"

namespace entrepot {

struct LocalFileManagerOptions {
  std::string base_dir{};  ///< Absolute or relative to the working folder; not "".
  Durability durability = Durability::kFull;
};

/// The options as configuration: base_dir, durability.
const FieldList<LocalFileManagerOptions>& LocalFileManagerFields();

/// Keeps each file as `<base_dir>/<unique name>.<extension>`, written atomically. Handles
/// hold the whole path, so that every local file manager reads the files of all others.
/// Safe for concurrent use by any number of threads and processes.
class LocalFileManager final : public FileManager {
 public:
  /// Errors: kInvalid  base_dir is empty
  static Result<std::shared_ptr<LocalFileManager>> Make(
      LocalFileManagerOptions options, LocalCalls& calls = LocalCalls::System());

  Result<FileHandle> Write(arrow::io::InputStream& bytes,
                           std::string_view extension) override;
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Read(
      const FileHandle& handle) override;
  Result<std::string> CopyHandleToLocalTemp(const FileHandle& handle) override;
  Status DeleteLocalTemp() override;

  const std::string& base_dir() const { return store_.base(); }

 private:
  LocalFileManager(const LocalFileManagerOptions& options, LocalCalls& calls);

  LocalStore store_;
  LocalStore root_;  // Of all paths of the machine.
  LocalCopies copies_;
};

}  // namespace entrepot
