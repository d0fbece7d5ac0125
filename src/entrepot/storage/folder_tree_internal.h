#pragma once

/// \file entrepot/storage/folder_tree_internal.h
/// What is in a folder, as one thing with a size and a digest. The listing that is
/// digested is defined in docs/formats/folder.md.

#include <functional>
#include <string>

#include "entrepot/storage/file_copy_internal.h"

namespace entrepot::internal {

/// What is done with the entries of a folder. Paths are relative to it.
struct FolderVisitor {
  std::function<Status(const std::string& path)> enter;  ///< Before what is in it.
  std::function<Status(const std::string& path, SourceFile file)> file;
  std::function<Status(const std::string& path)> leave;  ///< After what is in it.
};

/// Visits all that is in a folder, depth first, names in the order of their bytes.
///
/// Errors: those of the visitor and of the filesystem; kInvalid: something in it is
/// neither a file nor a folder
Status WalkFolder(LocalCalls& calls, const std::string& folder,
                  const FolderVisitor& visitor);

/// Digests the listing of a folder from what WalkFolder finds. One thread at a time.
class FolderListing {
 public:
  void AddFolder(const std::string& path);
  void AddFile(const std::string& path, const Written& file);

  /// The bytes of all files, and the digest of the listing so far.
  Written written() const { return {size_bytes_, digester_.Current()}; }

 private:
  void Add(const std::string& line);

  Digester digester_;
  std::int64_t size_bytes_ = 0;
};

/// Returns the bytes of all files in a folder, and with `digests` the listing's digest,
/// for which they are read.
Result<Written> MeasureFolder(LocalCalls& calls, const std::string& folder, bool digests);

}  // namespace entrepot::internal
