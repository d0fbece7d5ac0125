#pragma once

/// \file entrepot/storage/local_calls.h
/// The seam to the operating system: every call that local storage makes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace entrepot {

enum class FileKind { kFile, kFolder, kSymbolicLink, kOther };

/// What is known of an open file. Plain data.
struct FileFacts {
  FileKind kind = FileKind::kOther;
  std::int64_t size_bytes = 0;
  std::int64_t num_names = 0;  ///< Hard links.
  bool is_writable = false;    ///< By its owner.
};

/// An entry of a folder. Plain data.
struct FolderEntry {
  std::string name{};
  FileKind kind = FileKind::kOther;
};

/// The system calls of local storage, so that tests can fail, count, record or forget any
/// of them. Each returns what the call returns, or -errno; EINTR is passed on, and short
/// reads and writes are as good as they are. Safe for concurrent use.
///
/// This interface has more members than ours usually have: it is a table of system calls,
/// each with one meaning, and a wrapper overrides the few it is about.
class LocalCalls {
 public:
  virtual ~LocalCalls() = default;

  /// open(2) with O_CLOEXEC; returns a file descriptor.
  virtual int Open(const std::string& path, int flags, unsigned mode) = 0;
  virtual int Close(int fd) = 0;

  /// pread(2) and write(2); return the bytes moved.
  virtual std::int64_t Read(int fd, std::span<std::byte> into, std::int64_t offset) = 0;
  virtual std::int64_t Write(int fd, std::span<const std::byte> bytes) = 0;

  /// The file's size (fstat).
  virtual std::int64_t Size(int fd) = 0;

  /// When the file was last written, in nanoseconds since the epoch (fstat).
  virtual std::int64_t Modified(int fd) = 0;

  /// What the open file is (fstat).
  virtual int Describe(int fd, FileFacts& facts) = 0;

  /// copy_file_range(2) of at most `size` bytes at `offset` of one file to where the
  /// other one's writes go; returns the bytes moved, which may be shared by both files.
  virtual std::int64_t CopyRange(int from, std::int64_t offset, int to,
                                 std::int64_t size) = 0;

  /// mmap(2), private and writable; `address` receives it.
  virtual int Map(int fd, std::int64_t size, void** address) = 0;

  /// fsetxattr(2), and fgetxattr(2) into `value`; return the value's size.
  virtual std::int64_t SetAttribute(int fd, const char* name,
                                    const std::string& value) = 0;
  virtual std::int64_t GetAttribute(int fd, const char* name, std::string& value) = 0;

  /// flock(2): exclusive, not waiting; exclusive, waiting; none.
  virtual int Lock(int fd) = 0;
  virtual int WaitForLock(int fd) = 0;
  virtual int Unlock(int fd) = 0;

  /// fsync(2).
  virtual int Sync(int fd) = 0;

  /// Gives the unnamed file `fd` a name that must not exist (linkat).
  virtual int Link(int fd, const std::string& path) = 0;
  virtual int Rename(const std::string& from, const std::string& to) = 0;

  /// renameat2(2): to a name that must not exist; two names that change places.
  virtual int RenameNew(const std::string& from, const std::string& to) = 0;
  virtual int Exchange(const std::string& a, const std::string& b) = 0;
  virtual int Remove(const std::string& path) = 0;
  virtual int MakeFolder(const std::string& path) = 0;

  /// rmdir(2): the folder must be empty.
  virtual int RemoveFolder(const std::string& path) = 0;

  /// What is in the open folder (readdir), in any order; links are not followed.
  virtual int List(int fd, std::vector<FolderEntry>& entries) = 0;

  /// 1 if `path` names the open file `fd`, 0 if it names another or none.
  virtual int Names(const std::string& path, int fd) = 0;

  /// 1 if there is something at `path`, 0 if there is nothing.
  virtual int Exists(const std::string& path) = 0;

  /// The operating system's own calls. Never dies.
  static LocalCalls& System();
};

}  // namespace entrepot
