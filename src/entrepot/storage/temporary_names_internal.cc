#include "entrepot/storage/temporary_names_internal.h"

#include <chrono>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>

#include "entrepot/storage/local_commit_internal.h"

namespace entrepot::internal {
namespace {

Error TooManyWriters(const std::string& folder, const std::string& name) {
  return Unavailable("too many writers of '{}/{}' at once", folder, name);
}

/// Makes something new under a temporary name by `make`, which returns a file descriptor,
/// -EEXIST if the name is taken, or -errno. From its making until we have its lock it
/// looks like that of a dead writer: whoever holds the lock first may remove it, so it is
/// ours only if we got the lock, the name is still there, and what we opened `is_new`.
template <typename Make, typename IsNew>
Result<TemporaryName> MakeTemporary(LocalCalls& calls, const std::string& folder,
                                    const std::string& name, Make make, IsNew is_new) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const std::string path = SlotPath(folder, name, slot);
      const int fd = make(path);
      if (fd == -EEXIST) {
        RemoveIfDead(calls, path);
        continue;
      }
      if (fd < 0) return FromErrno(-fd, fmt::format("creating '{}'", path));
      FileDescriptor file(calls, fd);
      // Any other failure: there are no locks here, nor anybody who removes.
      const bool is_taken = calls.Lock(fd) == -EWOULDBLOCK;
      if (!is_taken && calls.Names(path, fd) == 1 && is_new(fd)) {
        return TemporaryName{std::move(file), path};
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return TooManyWriters(folder, name);
}

/// Whether the folder holds nothing, and is no value of the past.
bool IsNewFolder(LocalCalls& calls, int fd) {
  std::vector<FolderEntry> entries;
  std::string receipt;
  return calls.List(fd, entries) >= 0 && entries.empty() &&
         calls.GetAttribute(fd, kReceiptAttribute, receipt) < 0;
}

/// Puts something under a temporary name by `put`, which returns 0 or -errno.
template <typename Put>
Result<std::string> PutInSlot(LocalCalls& calls, const std::string& folder,
                              const std::string& name, Put put) {
  for (int slot = 0; slot < kSlots; ++slot) {
    std::string temporary = SlotPath(folder, name, slot);
    int result = put(temporary);
    if (result == -EEXIST) {
      RemoveIfDead(calls, temporary);
      result = put(temporary);
    }
    if (result == -EEXIST) continue;
    if (result < 0) {
      return FromErrno(-result,
                       fmt::format("naming a temporary file for '{}/{}'", folder, name));
    }
    return temporary;
  }
  return TooManyWriters(folder, name);
}

}  // namespace

std::string SlotPath(const std::string& folder, const std::string& name, int slot) {
  return fmt::format("{}/.{}.{:02}.tmp", folder, name.substr(0, name.find('.')), slot);
}

void RemoveIfDead(LocalCalls& calls, const std::string& path) {
  const int fd = calls.Open(path, O_RDONLY | O_NOFOLLOW, 0);
  if (fd < 0) return;
  const FileDescriptor file(calls, fd);
  if (calls.Lock(fd) != 0 || calls.Names(path, fd) != 1) return;
  // If it fails, the next store tries again.
  if (calls.Remove(path) == -EISDIR) RemoveTree(calls, path);
}

Result<TemporaryName> MakeTemporaryFile(LocalCalls& calls, const std::string& folder,
                                        const std::string& name) {
  const auto make = [&](const std::string& path) {
    return Uninterrupted(
        [&] { return calls.Open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0666); });
  };
  return MakeTemporary(calls, folder, name, make, [](int) { return true; });
}

Result<TemporaryName> MakeTemporaryFolder(LocalCalls& calls, const std::string& folder,
                                          const std::string& name) {
  const auto make = [&](const std::string& path) {
    const int made = calls.MakeFolder(path);
    if (made < 0) return made;
    const int fd = Uninterrupted(
        [&] { return calls.Open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0); });
    // Removed as a dead writer's: the slot is as good as taken. After another failure
    // the next store removes it; here it may be another writer's already.
    return fd == -ENOENT ? -EEXIST : fd;
  };
  // Between making and opening it, it may also have been removed, and a replaced value
  // have got its name.
  return MakeTemporary(calls, folder, name, make,
                       [&](int fd) { return IsNewFolder(calls, fd); });
}

Result<std::string> LinkTemporary(LocalCalls& calls, const FileDescriptor& file,
                                  const std::string& folder, const std::string& name) {
  return PutInSlot(calls, folder, name, [&](const std::string& temporary) {
    return calls.Link(file.get(), temporary);
  });
}

Status RenameToTemporary(LocalCalls& calls, const std::string& path,
                         const std::string& folder, const std::string& name) {
  const auto renamed = PutInSlot(calls, folder, name, [&](const std::string& temporary) {
    return calls.RenameNew(path, temporary);
  });
  if (renamed) return {};
  return renamed.error();
}

void RemoveDead(LocalCalls& calls, const std::string& folder, const std::string& name,
                int slots) {
  for (int slot = 0; slot < slots; ++slot) {
    RemoveIfDead(calls, SlotPath(folder, name, slot));
  }
}

void RemoveTree(LocalCalls& calls, const std::string& path) {
  std::vector<FolderEntry> entries;
  {
    const auto folder = OpenFolder(calls, path);
    if (!folder || calls.List(folder->get(), entries) < 0) return;
  }
  for (const FolderEntry& entry : entries) {
    const std::string inner = path + "/" + entry.name;
    if (entry.kind == FileKind::kFolder) {
      RemoveTree(calls, inner);
    } else {
      (void)calls.Remove(inner);
    }
  }
  (void)calls.RemoveFolder(path);
}

Result<FileDescriptor> OpenFolder(LocalCalls& calls, const std::string& folder) {
  const int fd =
      Uninterrupted([&] { return calls.Open(folder, O_RDONLY | O_DIRECTORY, 0); });
  if (fd < 0) return FromErrno(-fd, fmt::format("opening folder '{}'", folder));
  return FileDescriptor(calls, fd);
}

Status SyncFolder(LocalCalls& calls, const std::string& folder) {
  ENTREPOT_ASSIGN_OR_RETURN(const FileDescriptor file, OpenFolder(calls, folder));
  const int result = Uninterrupted([&] { return calls.Sync(file.get()); });
  if (result < 0) return FromErrno(-result, fmt::format("syncing folder '{}'", folder));
  return {};
}

}  // namespace entrepot::internal
