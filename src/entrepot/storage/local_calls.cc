#include "entrepot/storage/local_calls.h"

#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace entrepot {
namespace {

template <typename T>
T OrErrno(T result) {
  return result < 0 ? -errno : result;
}

FileKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kFile;
  if (S_ISDIR(mode)) return FileKind::kFolder;
  return S_ISLNK(mode) ? FileKind::kSymbolicLink : FileKind::kOther;
}

class SystemCalls final : public LocalCalls {
 public:
  int Open(const std::string& path, int flags, unsigned mode) override {
    return OrErrno(::open(path.c_str(), flags | O_CLOEXEC, mode));
  }
  int Close(int fd) override { return OrErrno(::close(fd)); }

  std::int64_t Read(int fd, std::span<std::byte> into, std::int64_t offset) override {
    return OrErrno(::pread(fd, into.data(), into.size(), offset));
  }
  std::int64_t Write(int fd, std::span<const std::byte> bytes) override {
    return OrErrno(::write(fd, bytes.data(), bytes.size()));
  }

  std::int64_t Size(int fd) override {
    struct stat info{};
    if (::fstat(fd, &info) < 0) return -errno;
    return S_ISREG(info.st_mode) ? info.st_size : -EISDIR;
  }

  std::int64_t Modified(int fd) override {
    struct stat info{};
    if (::fstat(fd, &info) < 0) return -errno;
    return info.st_mtim.tv_sec * std::int64_t{1'000'000'000} + info.st_mtim.tv_nsec;
  }

  int Describe(int fd, FileFacts& facts) override {
    struct stat info{};
    if (::fstat(fd, &info) < 0) return -errno;
    facts = {.kind = KindOf(info.st_mode),
             .size_bytes = info.st_size,
             .num_names = static_cast<std::int64_t>(info.st_nlink),
             .is_writable = (info.st_mode & S_IWUSR) != 0};
    return 0;
  }

  std::int64_t CopyRange(int from, std::int64_t offset, int to,
                         std::int64_t size) override {
    off_t position = offset;
    return OrErrno(
        ::copy_file_range(from, &position, to, nullptr, static_cast<size_t>(size), 0));
  }

  int Map(int fd, std::int64_t size, void** address) override {
    *address = ::mmap(nullptr, static_cast<size_t>(size), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    return *address == MAP_FAILED ? -errno : 0;
  }

  std::int64_t SetAttribute(int fd, const char* name, const std::string& value) override {
    return OrErrno(::fsetxattr(fd, name, value.data(), value.size(), 0));
  }
  std::int64_t GetAttribute(int fd, const char* name, std::string& value) override {
    value.resize(1024);
    ssize_t size = ::fgetxattr(fd, name, value.data(), value.size());
    if (size < 0 && errno == ERANGE) {
      size = ::fgetxattr(fd, name, nullptr, 0);
      if (size < 0) return -errno;
      value.resize(static_cast<size_t>(size));
      size = ::fgetxattr(fd, name, value.data(), value.size());
    }
    if (size < 0) return -errno;
    value.resize(static_cast<size_t>(size));
    return size;
  }

  int Lock(int fd) override { return OrErrno(::flock(fd, LOCK_EX | LOCK_NB)); }
  int WaitForLock(int fd) override { return OrErrno(::flock(fd, LOCK_EX)); }
  int Unlock(int fd) override { return OrErrno(::flock(fd, LOCK_UN)); }
  int Sync(int fd) override { return OrErrno(::fsync(fd)); }

  int Link(int fd, const std::string& path) override {
    // By way of /proc, because AT_EMPTY_PATH needs a capability.
    const std::string self = fmt::format("/proc/self/fd/{}", fd);
    return OrErrno(
        ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW));
  }
  int Rename(const std::string& from, const std::string& to) override {
    return OrErrno(::rename(from.c_str(), to.c_str()));
  }
  int RenameNew(const std::string& from, const std::string& to) override {
    return OrErrno(
        ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE));
  }
  int Exchange(const std::string& a, const std::string& b) override {
    return OrErrno(
        ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE));
  }
  int Remove(const std::string& path) override { return OrErrno(::unlink(path.c_str())); }
  int MakeFolder(const std::string& path) override {
    return OrErrno(::mkdir(path.c_str(), 0777));
  }

  int RemoveFolder(const std::string& path) override {
    return OrErrno(::rmdir(path.c_str()));
  }

  int List(int fd, std::vector<FolderEntry>& entries) override {
    entries.clear();
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return -errno;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(copy), ::closedir);
    if (!folder) {
      const int error_number = errno;
      ::close(copy);
      return -error_number;
    }
    ::rewinddir(folder.get());
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(folder.get());
      if (entry == nullptr) return -errno;
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat info{};
      if (::fstatat(fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) < 0) {
        if (errno == ENOENT) continue;  // Removed meanwhile.
        return -errno;
      }
      entries.push_back({name, KindOf(info.st_mode)});
    }
  }

  int Names(const std::string& path, int fd) override {
    struct stat named{};
    struct stat open{};
    if (::fstat(fd, &open) < 0) return -errno;
    if (::lstat(path.c_str(), &named) < 0) return errno == ENOENT ? 0 : -errno;
    return named.st_ino == open.st_ino && named.st_dev == open.st_dev ? 1 : 0;
  }

  int Exists(const std::string& path) override {
    struct stat info{};
    if (::lstat(path.c_str(), &info) == 0) return 1;
    return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
  }
};

}  // namespace

LocalCalls& LocalCalls::System() {
  static SystemCalls calls;
  return calls;
}

}  // namespace entrepot
