#pragma once

/// \file entrepot/value/file_path.h
/// Files and folders as values, for libraries that write and read files of their own.

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace entrepot {

/// Names a file or folder of this machine. As the value of a step it stands for what is
/// there: storing it keeps the file's bytes, or the folder's tree, under the asset's
/// name. As an input it names the stored file itself, which is for reading only: use it
/// now; a later store of the same asset replaces what is there.
///
/// With an owner it is a temporary, which lives as long as some copy of the owner
/// (scratch_folder.h): nobody may write to it any more once it is returned or stored,
/// since a manager may keep the very file instead of a copy. Concurrent const use only.
class FilePath {
 public:
  FilePath() = default;
  explicit FilePath(std::filesystem::path path, std::shared_ptr<const void> owner = {})
      : path_(std::move(path)), owner_(std::move(owner)) {}

  const std::filesystem::path& path() const { return path_; }
  std::string string() const { return path_.string(); }

  /// What keeps a temporary; null for a path that is nobody's.
  const std::shared_ptr<const void>& owner() const { return owner_; }

  friend bool operator==(const FilePath& a, const FilePath& b) {
    return a.path_ == b.path_;
  }

 private:
  std::filesystem::path path_;
  std::shared_ptr<const void> owner_;
};

/// Returns the extension under which a stored file keeps its name's, without dot: "vtk"
/// of "mesh.vtk"; of what is compressed also the one before: "csv.gz" of "a.csv.gz". ""
/// for a name without one, or with one that is no good everywhere: longer than 15 bytes,
/// or not of ASCII letters, digits, '_', '-', '+' alone.
std::string StoredExtension(const std::filesystem::path& path);

}  // namespace entrepot
