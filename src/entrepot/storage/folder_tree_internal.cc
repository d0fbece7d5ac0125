#include "entrepot/storage/folder_tree_internal.h"

#include <algorithm>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>

#include "entrepot/storage/temporary_names_internal.h"

namespace entrepot::internal {
namespace {

Error NotStorable(const std::string& path, FileKind kind) {
  return Invalid(
      "'{}' is {}: a folder as a value holds files and folders only; store a copy in "
      "which "
      "it is one, or leave it out",
      path, kind == FileKind::kSymbolicLink ? "a symbolic link" : "a special file");
}

/// Walks one folder; borrows everything.
class Walk {
 public:
  Walk(LocalCalls& calls, const std::string& root, const FolderVisitor& visitor)
      : calls_(calls), root_(root), visitor_(visitor) {}

  Status Into(const std::string& path) {
    ENTREPOT_ASSIGN_OR_RETURN(const std::vector<FolderEntry> entries, List(path));
    for (const FolderEntry& entry : entries) {
      const std::string inner = path.empty() ? entry.name : path + "/" + entry.name;
      switch (entry.kind) {
        case FileKind::kFile:
          ENTREPOT_RETURN_IF_ERROR(VisitFile(inner));
          break;
        case FileKind::kFolder:
          ENTREPOT_RETURN_IF_ERROR(visitor_.enter(inner));
          ENTREPOT_RETURN_IF_ERROR(Into(inner));
          ENTREPOT_RETURN_IF_ERROR(visitor_.leave(inner));
          break;
        default:
          return NotStorable(root_ + "/" + inner, entry.kind);
      }
    }
    return {};
  }

 private:
  Result<std::vector<FolderEntry>> List(const std::string& path) const {
    const std::string full = path.empty() ? root_ : root_ + "/" + path;
    ENTREPOT_ASSIGN_OR_RETURN(const FileDescriptor folder, OpenFolder(calls_, full));
    std::vector<FolderEntry> entries;
    const int listed = Uninterrupted([&] { return calls_.List(folder.get(), entries); });
    if (listed < 0) return FromErrno(-listed, fmt::format("listing '{}'", full));
    std::ranges::sort(entries, {}, &FolderEntry::name);
    return entries;
  }

  Status VisitFile(const std::string& path) const {
    ENTREPOT_ASSIGN_OR_RETURN(SourceFile file,
                              OpenSource(calls_, root_ + "/" + path, O_NOFOLLOW));
    if (file.facts.kind != FileKind::kFile)
      return NotStorable(file.path, file.facts.kind);
    return visitor_.file(path, std::move(file));
  }

  LocalCalls& calls_;
  const std::string& root_;
  const FolderVisitor& visitor_;
};

}  // namespace

Status WalkFolder(LocalCalls& calls, const std::string& folder,
                  const FolderVisitor& visitor) {
  return Walk(calls, folder, visitor).Into("");
}

void FolderListing::Add(const std::string& line) {
  // With its NUL: names may hold every other byte.
  digester_.Update(std::as_bytes(std::span(line.c_str(), line.size() + 1)));
}

void FolderListing::AddFolder(const std::string& path) { Add("folder " + path); }

void FolderListing::AddFile(const std::string& path, const Written& file) {
  size_bytes_ += file.size_bytes;
  Add(fmt::format("file {} {} {}", file.size_bytes, file.digests.xxh3, path));
}

Result<Written> MeasureFolder(LocalCalls& calls, const std::string& folder,
                              bool digests) {
  FolderListing listing;
  const FolderVisitor visitor{
      .enter = [&](const std::string& path) -> Status {
        listing.AddFolder(path);
        return {};
      },
      .file = [&](const std::string& path, const SourceFile& file) -> Status {
        Written written{.size_bytes = file.facts.size_bytes};
        if (digests) {
          ENTREPOT_ASSIGN_OR_RETURN(written, DigestFile(calls, file.file, file.path));
        }
        listing.AddFile(path, written);
        return {};
      },
      .leave = [](const std::string&) { return Status(); }};
  ENTREPOT_RETURN_IF_ERROR(WalkFolder(calls, folder, visitor));
  return listing.written();
}

}  // namespace entrepot::internal
