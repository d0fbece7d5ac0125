/// \file entrepot/storage/local_atomic_folder.cc
/// Steps 1 to 3 and 8 of local_commit_internal.cc, for a folder. It is staged under a
/// temporary name beside its own, so that the step that makes it appear is one rename.

#include <fcntl.h>
#include <fmt/format.h>

#include "entrepot/storage/folder_tree_internal.h"
#include "entrepot/storage/local_atomic_file_internal.h"
#include "entrepot/storage/temporary_names_internal.h"

namespace entrepot::internal {
namespace {

class LocalAtomicFolder final : public AtomicWrite {
 public:
  LocalAtomicFolder(CommitTarget target, const LocalStoreOptions& options,
                    TemporaryName staged)
      : calls_(*options.calls),
        durable_(options.durable),
        commit_(options, std::move(target)),
        staged_(std::move(staged)) {}

  ~LocalAtomicFolder() override {
    if (!is_published_) RemoveTree(calls_, staged_.path);  // Else the next store does.
  }

  Result<Written> written() override { return listing_.written(); }

  /// Steps 1 to 3, but for the staged folder's own entries.
  Status Stage(const std::string& source, bool may_take) {
    return WalkFolder(
        calls_, source,
        {.enter = [&](const std::string& path) { return Enter(path); },
         .file = [&](const std::string& path,
                     const SourceFile& file) { return StageFile(path, file, may_take); },
         .leave = [&](const std::string& path) { return Leave(path); }});
  }

  Status Commit(const std::string& attribute) override {
    return commit_.Run(staged_.file, attribute, [this](bool) { return Publish(); });
  }

 private:
  std::string StagedPath(const std::string& path) const {
    return staged_.path + "/" + path;
  }

  Status Enter(const std::string& path) {
    const int made = calls_.MakeFolder(StagedPath(path));
    if (made < 0) return FromErrno(-made, fmt::format("making '{}'", StagedPath(path)));
    listing_.AddFolder(path);
    return {};
  }

  Status Leave(const std::string& path) const {
    return durable_ ? SyncFolder(calls_, StagedPath(path)) : Status();
  }

  Status StageFile(const std::string& path, const SourceFile& source, bool may_take) {
    const std::string staged = StagedPath(path);
    Written written;
    if (may_take && IsTaken(source, staged)) {
      ENTREPOT_ASSIGN_OR_RETURN(written, DigestFile(calls_, source.file, source.path));
      ENTREPOT_RETURN_IF_ERROR(Sync(source.file, staged));
    } else {
      const int fd = Uninterrupted([&] {
        return calls_.Open(staged, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0666);
      });
      if (fd < 0) return FromErrno(-fd, fmt::format("creating '{}'", staged));
      const FileDescriptor file(calls_, fd);
      ENTREPOT_ASSIGN_OR_RETURN(written, CopyFile(calls_, source, file));
      ENTREPOT_RETURN_IF_ERROR(Sync(file, staged));
    }
    listing_.AddFile(path, written);
    return {};
  }

  /// Whether the source itself is in the staged folder now, instead of a copy.
  bool IsTaken(const SourceFile& source, const std::string& staged) const {
    if (source.facts.num_names != 1) return false;
    return calls_.Link(source.file.get(), staged) >= 0 ||
           calls_.Names(staged, source.file.get()) == 1;
  }

  Status Sync(const FileDescriptor& file, const std::string& path) const {
    if (!durable_) return {};
    const int synced = Uninterrupted([&] { return calls_.Sync(file.get()); });
    if (synced < 0) return FromErrno(-synced, fmt::format("syncing '{}'", path));
    return {};
  }

  /// Step 8.
  Status Publish() {
    const std::string path = commit_.target().path();
    int result = calls_.RenameNew(staged_.path, path);
    if (result == -EEXIST) result = calls_.Exchange(staged_.path, path);
    if (result == -EINVAL || result == -ENOSYS || result == -EOPNOTSUPP) {
      return Unsupported(
          "a folder cannot be kept at '{}': its filesystem cannot exchange names "
          "(renameat2), without which a reader could find neither the old nor the new "
          "one; "
          "keep a file, or use a base folder on another filesystem",
          path);
    }
    ENTREPOT_RETURN_IF_ERROR(commit_.CheckPublished(result, staged_.file, "renaming to"));
    is_published_ = true;
    // So that the next writer, with whom it changes places, can remove it.
    (void)calls_.Unlock(staged_.file.get());
    return {};
  }

  LocalCalls& calls_;
  bool durable_;
  LocalCommit commit_;
  TemporaryName staged_;
  FolderListing listing_;
  bool is_published_ = false;
};

}  // namespace

Result<std::unique_ptr<AtomicWrite>> ImportLocalFolder(CommitTarget target,
                                                       const std::string& source,
                                                       bool may_take,
                                                       const LocalStoreOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(
      TemporaryName staged,
      MakeTemporaryFolder(*options.calls, target.folder, target.name));
  auto folder =
      std::make_unique<LocalAtomicFolder>(std::move(target), options, std::move(staged));
  ENTREPOT_RETURN_IF_ERROR(folder->Stage(source, may_take));
  return std::unique_ptr<AtomicWrite>(std::move(folder));
}

}  // namespace entrepot::internal
