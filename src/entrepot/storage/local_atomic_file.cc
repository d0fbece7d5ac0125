/// \file entrepot/storage/local_atomic_file.cc
/// How a local file appears whole or not at all.
///
///   1. open     an unnamed file in the target's folder (O_TMPFILE); where the filesystem
///               has none, a new file under a temporary name
///   2. lock     flock: a temporary name whose file is locked has a living writer
///   3. write    buffered, counted, digested
///   4. receipt  as extended attribute "user.entrepot"; a refusal is no error
///   5. sync     the file (durable stores)
///   6. link     the unnamed file gets a temporary name
///   7. rename   over the target: the commit point. Readers see the old file or the new one
///   8. sync     the folder (durable stores)
///
/// Giving up before 7 closes the file, which frees it, and removes a temporary name.
///
/// Temporary names are ".<name>.<slot>.tmp" with slots 00 to 15, so that the leftovers of
/// writers that died between 6 and 7 are found without listing the folder: each commit
/// looks at every slot and removes those that it can lock. The lock is kept until after the
/// rename, and whoever removes a name holds the lock of the file it names; so no name of a
/// living writer is ever removed. Key paths never start with a dot (asset/key_path.h), so
/// no value is ever taken for a temporary name.

#include "entrepot/storage/local_atomic_file_internal.h"

#include <chrono>
#include <thread>
#include <vector>

#include <arrow/io/interfaces.h>
#include <fcntl.h>

#include "entrepot/arrow_result.h"
#include "entrepot/storage/file_descriptor_internal.h"

namespace entrepot::internal {
namespace {

constexpr int kSlots = 16;
constexpr size_t kBufferBytes = 64 << 10;

/// Writes to a file descriptor: small writes are gathered, all are digested.
class DigestingStream final : public arrow::io::OutputStream {
 public:
  DigestingStream(LocalCalls& calls, const FileDescriptor& file, std::string path,
                  DigestChoice digests)
      : calls_(calls), file_(file), path_(std::move(path)), digester_(digests) {}

  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<std::int64_t> Tell() const override { return size_bytes_; }

  arrow::Status Write(const void* data, std::int64_t size) override {
    const std::span bytes(static_cast<const std::byte*>(data), static_cast<size_t>(size));
    digester_.Update(bytes);
    size_bytes_ += size;
    if (buffer_.size() + bytes.size() <= kBufferBytes) {
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
      return arrow::Status::OK();
    }
    ARROW_RETURN_NOT_OK(Flush());
    if (bytes.size() > kBufferBytes) return WriteAll(bytes);
    buffer_.assign(bytes.begin(), bytes.end());
    return arrow::Status::OK();
  }

  arrow::Status Flush() override {
    ARROW_RETURN_NOT_OK(WriteAll(buffer_));
    buffer_.clear();
    return arrow::Status::OK();
  }

  Written written() const { return {size_bytes_, digester_.Current()}; }

 private:
  arrow::Status WriteAll(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto moved = Uninterrupted([&] { return calls_.Write(file_.get(), bytes); });
      if (moved < 0) {
        return ToArrow(FromErrno(static_cast<int>(-moved), "writing '" + path_ + "'"));
      }
      if (moved == 0) return ToArrow(Unavailable("writing '{}': the device takes no more", path_));
      bytes = bytes.subspan(static_cast<size_t>(moved));
    }
    return arrow::Status::OK();
  }

  LocalCalls& calls_;
  const FileDescriptor& file_;
  std::string path_;
  Digester digester_;
  std::int64_t size_bytes_ = 0;
  std::vector<std::byte> buffer_;
};

std::string SlotPath(const std::string& folder, const std::string& name, int slot) {
  return fmt::format("{}/.{}.{:02}.tmp", folder, name, slot);
}

/// Removes a temporary name whose writer is gone. Whatever is in the way of finding that
/// out (no such name, no locks here, a living writer) leaves it alone.
void RemoveIfDead(LocalCalls& calls, const std::string& path) {
  const int fd = calls.Open(path, O_RDONLY | O_NOFOLLOW, 0);
  if (fd < 0) return;
  const FileDescriptor file(calls, fd);
  if (calls.Lock(fd) == 0 && calls.Names(path, fd) == 1) {
    (void)calls.Remove(path);  // If it fails, the next store tries again.
  }
}

class LocalAtomicFile final : public AtomicFile {
 public:
  LocalAtomicFile(std::string folder, std::string name, DigestChoice digests,
                  const LocalStoreOptions& options, FileDescriptor file, std::string temporary)
      : calls_(*options.calls),
        durable_(options.durable),
        folder_(std::move(folder)),
        name_(std::move(name)),
        temporary_(std::move(temporary)),
        file_(std::move(file)),
        stream_(calls_, file_, target(), digests) {}

  ~LocalAtomicFile() override { RemoveTemporary(); }

  arrow::io::OutputStream& stream() override { return stream_; }

  Result<Written> written() override { return stream_.written(); }

  Status Commit(const std::string& attribute) override {
    ENTREPOT_RETURN_IF_ERROR(stream_.Flush());
    // Refused by some filesystems and by a full inode; the log and the formats know more.
    (void)calls_.SetAttribute(file_.get(), kReceiptAttribute, attribute);
    if (durable_) {
      ENTREPOT_RETURN_IF_ERROR(Check(calls_.Sync(file_.get()), "syncing"));
    }
    if (temporary_.empty()) ENTREPOT_RETURN_IF_ERROR(LinkTemporary());
    ENTREPOT_RETURN_IF_ERROR(Check(calls_.Rename(temporary_, target()), "renaming to"));
    const std::string linked = std::exchange(temporary_, "");
    RemoveDeadExcept(linked);
    if (durable_) {
      if (const Status synced = SyncFolder(calls_, folder_); !synced) {
        return Error(ErrorCode::kOutcomeUnknown,
                     fmt::format("'{}' is there, but may not survive a loss of power: {}",
                                 target(), synced.error().message()));
      }
    }
    return {};
  }

 private:
  std::string target() const { return folder_ + "/" + name_; }

  Status Check(int result, std::string_view doing) const {
    if (result >= 0) return {};
    return FromErrno(-result, fmt::format("{} '{}'", doing, target()));
  }

  /// Gives the unnamed file a temporary name in a free slot. Sixteen writers of one name
  /// between link and rename are waited for: that takes them no disk access.
  Status LinkTemporary() {
    for (int attempt = 0; attempt < 1000; ++attempt) {
      for (int slot = 0; slot < kSlots; ++slot) {
        const std::string path = SlotPath(folder_, name_, slot);
        int result = calls_.Link(file_.get(), path);
        if (result == -EEXIST) {
          RemoveIfDead(calls_, path);
          result = calls_.Link(file_.get(), path);
        }
        if (result == -EEXIST) continue;
        ENTREPOT_RETURN_IF_ERROR(Check(result, "naming a temporary file for"));
        temporary_ = path;
        return {};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return Unavailable("too many writers of '{}' at once", target());
  }

  void RemoveDeadExcept(const std::string& linked) const {
    for (int slot = 0; slot < kSlots; ++slot) {
      const std::string path = SlotPath(folder_, name_, slot);
      if (path != linked) RemoveIfDead(calls_, path);
    }
  }

  void RemoveTemporary() {
    if (!temporary_.empty()) (void)calls_.Remove(temporary_);  // Else the next store does.
  }

  LocalCalls& calls_;
  bool durable_;
  std::string folder_;
  std::string name_;
  std::string temporary_;  // The temporary name while there is one.
  FileDescriptor file_;
  DigestingStream stream_;
};

/// Step 1 where there is no O_TMPFILE: a locked new file under a temporary name.
Result<std::pair<FileDescriptor, std::string>> CreateNamed(LocalCalls& calls,
                                                           const std::string& folder,
                                                           const std::string& name) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const std::string path = SlotPath(folder, name, slot);
      const int fd = Uninterrupted(
          [&] { return calls.Open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0666); });
      if (fd == -EEXIST) {
        RemoveIfDead(calls, path);
        continue;
      }
      if (fd < 0) return FromErrno(-fd, fmt::format("creating '{}'", path));
      FileDescriptor file(calls, fd);
      // Between open and lock somebody may have taken us for dead and removed the name.
      (void)calls.Lock(fd);
      if (calls.Names(path, fd) == 1) return std::pair(std::move(file), path);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return Unavailable("too many writers of '{}/{}' at once", folder, name);
}

bool HasNoUnnamedFiles(int error_number) {
  return error_number == EOPNOTSUPP || error_number == EISDIR || error_number == EINVAL;
}

}  // namespace

Status SyncFolder(LocalCalls& calls, const std::string& folder) {
  const int fd =
      Uninterrupted([&] { return calls.Open(folder, O_RDONLY | O_DIRECTORY, 0); });
  if (fd < 0) return FromErrno(-fd, fmt::format("opening folder '{}'", folder));
  const FileDescriptor file(calls, fd);
  if (const int result = calls.Sync(fd); result < 0) {
    return FromErrno(-result, fmt::format("syncing folder '{}'", folder));
  }
  return {};
}

Result<std::unique_ptr<AtomicFile>> CreateLocalAtomicFile(std::string folder, std::string name,
                                                          DigestChoice digests,
                                                          const LocalStoreOptions& options) {
  LocalCalls& calls = *options.calls;
  const int fd =
      Uninterrupted([&] { return calls.Open(folder, O_TMPFILE | O_RDWR, 0666); });
  if (fd < 0 && HasNoUnnamedFiles(-fd)) {
    ENTREPOT_ASSIGN_OR_RETURN(auto named, CreateNamed(calls, folder, name));
    return std::make_unique<LocalAtomicFile>(std::move(folder), std::move(name), digests, options,
                                             std::move(named.first), std::move(named.second));
  }
  if (fd < 0) return FromErrno(-fd, fmt::format("creating a file in '{}'", folder));
  FileDescriptor file(calls, fd);
  (void)calls.Lock(fd);  // Where locks are refused, leftovers are left over.
  return std::make_unique<LocalAtomicFile>(std::move(folder), std::move(name), digests, options,
                                           std::move(file), "");
}

}  // namespace entrepot::internal
