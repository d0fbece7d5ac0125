#pragma once

/// \file entrepot/testing/recorded_disk.h
/// What a disk may hold after a loss of power.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "entrepot/testing/intercepted_local_calls.h"

namespace entrepot::testing {

/// A folder with all that is in it. Plain data.
struct DiskContent {
  struct File {
    std::string bytes;
    std::map<std::string, std::string> attributes;  ///< Extended ones.
  };
  std::map<std::string, File> files;   ///< By path, relative to the folder.
  std::vector<std::string> folders{};  ///< Each after the one it is in.
  std::map<std::string, std::map<std::string, std::string>>
      folder_attributes{};  ///< Extended ones, by path.
  std::string how{};        ///< What was kept, for messages; equal for equal content.

  /// Puts all of it into `folder`, which must be empty. All files get the same time of
  /// writing, and folders another, earlier or later: the clock of files is coarse, and
  /// may have been set back.
  void WriteTo(const std::string& folder, bool folders_are_newer = false) const;
};

namespace internal {

enum class DiskChangeKind {
  kWrite,
  kAttribute,
  kSync,
  kMakeFolder,
  kLink,
  kRename,
  kExchange,
  kRemove
};

/// One recorded change. Files and folders are numbered as they are made; 0 is the root.
struct DiskChange {
  DiskChangeKind kind{};
  int node = 0;           ///< The file, or the folder whose names change.
  std::string name{};     ///< The name that changes (kRename: from); an attribute's.
  std::string content{};  ///< kWrite, kAttribute; kRename, kExchange: to.
  int named = 0;          ///< kMakeFolder, kLink, kRename: what gets the name.
  int exchanged = 0;      ///< kExchange: what gets `name`, while `named` gets the other.
};

}  // namespace internal

/// How many of the states after a loss of power to look at. Plain data.
struct StateBounds {
  size_t most = 2000;      ///< If there are more, so many are drawn,
  std::uint32_t seed = 0;  ///< from this seed.
};

/// Passes all calls on and records what they change below a folder, in order. From that
/// it tells what may be there after a loss of power: all that was synced, and of the rest
///
///   a file's bytes    whole, as last synced, cut, or zeros in their full length
///   its attributes    kept or lost
///   a folder's names  any subset of the changes (make folder, link, rename, exchange,
///                     remove)
///                     since its last sync, in their order or backwards; each is atomic
///
/// Syncing a file does not sync its name, and what is in a folder whose own name is lost
/// is lost. Safe for concurrent use.
class RecordedDisk final : public InterceptedLocalCalls {
 public:
  /// `root` is an absolute path of an empty folder, whose own name is safe.
  explicit RecordedDisk(std::string root, FilesystemAbilities abilities = {},
                        LocalCalls& below = LocalCalls::System());

  /// Changes and syncs so far.
  size_t size() const;

  /// Returns the states that the disk may be in if power is lost after the first `size`
  /// of the recorded changes, each once.
  std::vector<DiskContent> AfterPowerLoss(size_t size, StateBounds bounds = {}) const;

 protected:
  std::int64_t Do(const LocalCall& call) override;

 private:
  struct Place {
    int folder = -1;  // -1: not below the root.
    std::string name;
  };

  void Record(const LocalCall& call, std::int64_t result);
  void RecordOpen(const LocalCall& call, int fd);
  void RecordName(internal::DiskChangeKind kind, const std::string& path, int node);
  void RecordCopy(const LocalCall& call, std::int64_t size);
  void RecordRename(const std::string& from, const std::string& to);
  void RecordExchange(const std::string& a, const std::string& b);
  void RecordRemove(const std::string& path);
  int NodeAt(const std::string& path) const;
  Place PlaceOf(const std::string& path) const;
  int NewNode();

  const std::string root_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::vector<internal::DiskChange> changes_;
  std::vector<std::map<std::string, int>>
      names_;                // By node: a folder's, as they are now.
  std::map<int, int> open_;  // Nodes by file descriptor.
};

}  // namespace entrepot::testing
