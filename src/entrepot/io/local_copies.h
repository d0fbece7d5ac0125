#pragma once

/// \file entrepot/io/local_copies.h
/// Local copies of files that a file manager keeps, for whoever needs a path.

#include <memory>
#include <mutex>
#include <string>

#include "entrepot/io/file_manager.h"
#include "entrepot/value/scratch_folder.h"

namespace entrepot {

/// Copies what `manager` reads for the handle into `scratch`, under the handle's
/// extension. Errors: those of FileManager::Read and of the copy's filesystem.
Result<FilePath> CopyHandle(FileManager& manager, const FileHandle& handle,
                            ScratchFolder& scratch);

/// Makes copies in a scratch folder of its own, which ends with it. Safe for concurrent
/// use.
class LocalCopies {
 public:
  /// Copies what `manager` reads for the handle; returns the copy's path.
  Result<std::string> Add(FileManager& manager, const FileHandle& handle);

  /// Deletes all copies, in a forked process only those made there.
  void Clear();

 private:
  std::mutex mutex_;
  std::shared_ptr<ScratchFolder> scratch_;  // Under mutex_; null: no copies.
};

}  // namespace entrepot
