#pragma once

/// \file entrepot/value/scratch_folder.h
/// A folder for files that are not values yet.

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "entrepot/result.h"
#include "entrepot/value/file_path.h"
#include "entrepot/value/value.h"

namespace entrepot {

/// A new folder that is removed, with all in it, with its last owner: those who hold it
/// and all FilePaths that it gave out. A process that forked leaves it to its parent;
/// what a killed one left is removed by the next Make with the same parent. Safe for
/// concurrent use.
class ScratchFolder : public std::enable_shared_from_this<ScratchFolder> {
 public:
  /// Makes it in `parent`, a folder for scratch folders alone: it is made where it is
  /// missing, and goes with the last one in it. By default where the system keeps
  /// temporary files. On the filesystem of the storage, files are kept without copying
  /// them.
  ///
  /// Errors: those of the filesystem
  static Result<std::shared_ptr<ScratchFolder>> Make(std::filesystem::path parent = {});

  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Returns a path where there is nothing yet, for a file or a folder; each call returns
  /// another. The extension may begin with a dot or not.
  FilePath NewFile(std::string_view extension = {});

  /// Returns `path` as one that keeps this folder if it lies in it, else as it is: for
  /// what comes back from code that knows plain paths only.
  FilePath Keeping(const FilePath& path);

  /// The same for a value: those of other kinds come back as they are.
  Value Keeping(Value value);

 private:
  ScratchFolder(const std::filesystem::path& path, int lock, bool is_own_parent);

  std::filesystem::path path_;
  pid_t made_by_;
  int lock_;  // The file descriptor that holds it.
  bool is_own_parent_;
  std::atomic<int> num_files_ = 0;
};

}  // namespace entrepot
