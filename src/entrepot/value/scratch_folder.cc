#include "entrepot/value/scratch_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

namespace entrepot {

namespace fs = std::filesystem;

namespace {

// A folder's owner holds its lock, as with the temporary names of storage/: one whose
// lock can be had was left by a process that was killed. A process that forked shares the
// lock.

constexpr char kPrefix[] = "scratch-";

/// Returns a file descriptor, or -errno.
int OpenFolder(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

bool IsNamed(const fs::path& path, int fd) {
  struct stat named{}, open{};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(fd, &open) == 0 &&
         named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

/// Makes a folder, whose name ends the template `path`, and locks it. Returns the file
/// descriptor that holds the lock; -EAGAIN if it, or its parent, was removed on the way;
/// or -errno.
int MakeLocked(std::string& path) {
  if (::mkdtemp(path.data()) == nullptr) return errno == ENOENT ? -EAGAIN : -errno;
  const int fd = OpenFolder(path);
  if (fd < 0) {
    ::rmdir(path.c_str());
    return fd == -ENOENT ? -EAGAIN : fd;
  }
  // Any other failure: there are no locks here, nor anybody who removes.
  const bool is_taken = ::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (!is_taken && IsNamed(path, fd)) return fd;
  ::close(fd);
  return -EAGAIN;
}

/// Removes the scratch folders in `parent` whose owners are gone.
void RemoveAbandoned(const fs::path& parent) {
  std::error_code failure;  // What cannot be removed is left to the next one.
  for (fs::directory_iterator at(parent, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (!at->path().filename().string().starts_with(kPrefix)) continue;
    const int fd = OpenFolder(at->path());
    if (fd < 0) continue;
    std::error_code ignored;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && IsNamed(at->path(), fd))
      fs::remove_all(at->path(), ignored);
    ::close(fd);
  }
}

}  // namespace

Result<std::shared_ptr<ScratchFolder>> ScratchFolder::Make(fs::path parent) {
  const bool is_own_parent = !parent.empty();
  std::error_code failure;
  parent =
      is_own_parent ? fs::absolute(parent, failure) : fs::temp_directory_path(failure);
  // Elsewhere the name may be that of another program's.
  if (is_own_parent) RemoveAbandoned(parent);
  int fd = -EAGAIN;
  std::string path;
  for (int attempt = 0; attempt < 100 && fd == -EAGAIN && !failure; ++attempt) {
    fs::create_directories(parent, failure);
    path = (parent / kPrefix).string() + "XXXXXX";
    if (!failure) fd = MakeLocked(path);
  }
  if (failure || fd < 0) {
    return FromErrno(failure ? failure.value() : -fd,
                     fmt::format("making a scratch folder in '{}'", parent.string()));
  }
  return std::shared_ptr<ScratchFolder>(new ScratchFolder(path, fd, is_own_parent));
}

ScratchFolder::ScratchFolder(const fs::path& path, int lock, bool is_own_parent)
    : path_(path.lexically_normal()),
      made_by_(::getpid()),
      lock_(lock),
      is_own_parent_(is_own_parent) {}

ScratchFolder::~ScratchFolder() {
  if (::getpid() == made_by_) {
    std::error_code ignored;  // What cannot be removed is left to the next one.
    fs::remove_all(path_, ignored);
    if (is_own_parent_) ::rmdir(path_.parent_path().c_str());  // If it is empty.
  }
  ::close(lock_);
}

FilePath ScratchFolder::NewFile(std::string_view extension) {
  const std::string_view dot = extension.empty() || extension.front() == '.' ? "" : ".";
  return FilePath(path_ / fmt::format("{}{}{}", ++num_files_, dot, extension),
                  shared_from_this());
}

FilePath ScratchFolder::Keeping(const FilePath& path) {
  const fs::path absolute = fs::absolute(path.path()).lexically_normal();
  const auto [end, unused] = std::ranges::mismatch(path_, absolute);
  return end == path_.end() ? FilePath(path.path(), shared_from_this()) : path;
}

Value ScratchFolder::Keeping(Value value) {
  switch (value.kind()) {
    case ValueKind::kFile:
      return Value::File(Keeping(value.file_path()), value.type());
    case ValueKind::kFolder:
      return Value::Folder(Keeping(value.file_path()), value.type());
    default:
      return value;
  }
}

}  // namespace entrepot
