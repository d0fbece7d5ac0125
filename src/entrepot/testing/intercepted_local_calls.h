#pragma once

/// \file entrepot/testing/intercepted_local_calls.h
/// The system calls of local storage as data, so that a test can count, fail, forget or
/// record any of them in one place, and filesystems that lack something.

#include <string_view>

#include "entrepot/storage/local_calls.h"

namespace entrepot::testing {

enum class LocalCallKind {
  kOpen,
  kClose,
  kRead,
  kWrite,
  kSize,
  kModified,
  kDescribe,
  kCopyRange,
  kMap,
  kSetAttribute,
  kGetAttribute,
  kLock,
  kWaitForLock,
  kUnlock,
  kSync,
  kLink,
  kRename,
  kRenameNew,
  kExchange,
  kRemove,
  kMakeFolder,
  kRemoveFolder,
  kList,
  kNames,
  kExists,
};

/// The kind's name as in the interface: "open", "set attribute".
std::string_view ToString(LocalCallKind kind);

/// One call: its kind, and those of its arguments that the kind has. Borrows what it
/// points to until the call returns.
struct LocalCall {
  LocalCallKind kind{};
  int fd = -1;
  std::string path{};  ///< Of the renames: from.
  std::string to{};    ///< Of the renames.
  int to_fd = -1;      ///< kCopyRange.
  int flags = 0;
  unsigned mode = 0;
  std::int64_t size = 0;
  std::int64_t offset = 0;
  std::span<std::byte> into{};
  std::span<const std::byte> bytes{};
  void** address = nullptr;
  const char* attribute = nullptr;
  const std::string* attribute_value = nullptr;
  std::string* attribute_into = nullptr;
  FileFacts* facts = nullptr;
  std::vector<FolderEntry>* entries = nullptr;
};

/// What a filesystem can do, so that a test may take some of it away. Plain data.
struct FilesystemAbilities {
  bool keeps_attributes = true;   ///< Else extended attributes are refused.
  bool has_unnamed_files = true;  ///< Else O_TMPFILE is refused.
  bool copies_ranges = true;      ///< Else copy_file_range is refused.
  bool exchanges_names = true;    ///< Else renameat2 is refused.

  /// Else a sync succeeds at once and does nothing, for tests that do not lose power.
  bool syncs = true;
};

/// Makes each call an object and gives it to Do, which passes it on to the calls below;
/// subclasses override Do. As it is, a filesystem of fewer abilities. As safe for
/// concurrent use as its Do.
class InterceptedLocalCalls : public LocalCalls {
 public:
  /// Borrows `below`.
  explicit InterceptedLocalCalls(FilesystemAbilities abilities = {},
                                 LocalCalls& below = LocalCalls::System())
      : abilities_(abilities), below_(below) {}

  int Open(const std::string& path, int flags, unsigned mode) final;
  int Close(int fd) final;
  std::int64_t Read(int fd, std::span<std::byte> into, std::int64_t offset) final;
  std::int64_t Write(int fd, std::span<const std::byte> bytes) final;
  std::int64_t Size(int fd) final;
  std::int64_t Modified(int fd) final;
  int Describe(int fd, FileFacts& facts) final;
  std::int64_t CopyRange(int from, std::int64_t offset, int to, std::int64_t size) final;
  int Map(int fd, std::int64_t size, void** address) final;
  std::int64_t SetAttribute(int fd, const char* name, const std::string& value) final;
  std::int64_t GetAttribute(int fd, const char* name, std::string& value) final;
  int Lock(int fd) final;
  int WaitForLock(int fd) final;
  int Unlock(int fd) final;
  int Sync(int fd) final;
  int Link(int fd, const std::string& path) final;
  int Rename(const std::string& from, const std::string& to) final;
  int RenameNew(const std::string& from, const std::string& to) final;
  int Exchange(const std::string& a, const std::string& b) final;
  int Remove(const std::string& path) final;
  int MakeFolder(const std::string& path) final;
  int RemoveFolder(const std::string& path) final;
  int List(int fd, std::vector<FolderEntry>& entries) final;
  int Names(const std::string& path, int fd) final;
  int Exists(const std::string& path) final;

 protected:
  /// Returns what the call returns: a number of its kind, or -errno.
  virtual std::int64_t Do(const LocalCall& call);

 private:
  bool IsRefused(const LocalCall& call) const;
  std::int64_t PassOn(const LocalCall& call);

  FilesystemAbilities abilities_;
  LocalCalls& below_;
};

}  // namespace entrepot::testing
