/// \file entrepot/storage/local_atomic_file.cc
/// How a local file appears whole or not at all.
///
///   1. open     an unnamed file in the target's folder (O_TMPFILE); where the filesystem
///               has none, a new file under a temporary name
///   2. lock     flock: a temporary name whose file is locked has a living writer
///   3. write    buffered, counted, digested
///   4. receipt  as extended attribute "user.entrepot"; a refusal is no error, a failure
///   is
///   5. sync     the file (durable stores)
///   6. lock     the folder: commits into one folder come one after another
///   7. link     the unnamed file gets its name, if there is no such file yet: the commit
///               point. Else it gets a temporary name
///   8. rename   over the target: the commit point. Readers see the old file or the new
///   9. sync     the folder (durable stores), before 10: a loss of power may keep any of
///               the changes of a folder that was not synced, also a removal alone
///  10. remove   the files this one replaces (the same value in another format). A crash
///               before it leaves both; readers take the newer one, which is a guess
///               where attributes are refused: so a store that cannot remove them is no
///               success
///  11. sync     the folder, if 10 removed any (durable stores): they must not come back
///  12. unlock   the folder; where there is nothing to replace, before 9
///
/// Giving up before 8 closes the file, which frees it, and removes a temporary name. A
/// failed link or rename may have taken effect all the same, so its outcome is looked at.
///
/// Without the folder's lock two writers that change the format to and fro could each
/// remove what the other just committed. Only a change of format holds it while syncing.
///
/// Temporary names are ".<name without extension>.<slot>.tmp" with slots 00 to 15, so
/// that the leftovers of writers that died between 7 and 8, of a value in whatever
/// format, are found without listing the folder: each commit looks at the slots and
/// removes those that it can lock. The lock of a file is kept until after its rename, and
/// whoever removes a name holds the lock of the file it names; so no name of a living
/// writer is ever removed. Key paths never start with a dot (asset/key_path.h), so no
/// value is ever taken for a temporary name.

#include "entrepot/storage/local_atomic_file_internal.h"

#include <algorithm>
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

/// What is digested and at once written, while it is in the processor's cache.
constexpr size_t kSliceBytes = 256 << 10;

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
    std::span bytes(static_cast<const std::byte*>(data), static_cast<size_t>(size));
    if (buffer_.size() + bytes.size() > kBufferBytes) ARROW_RETURN_NOT_OK(Flush());
    for (; bytes.size() > kBufferBytes;
         bytes = bytes.subspan(std::min(bytes.size(), kSliceBytes))) {
      const auto slice = bytes.first(std::min(bytes.size(), kSliceBytes));
      Count(slice);
      ARROW_RETURN_NOT_OK(WriteAll(slice));
    }
    Count(bytes);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return arrow::Status::OK();
  }

  arrow::Status Flush() override {
    ARROW_RETURN_NOT_OK(WriteAll(buffer_));
    buffer_.clear();
    return arrow::Status::OK();
  }

  Written written() const { return {size_bytes_, digester_.Current()}; }

 private:
  void Count(std::span<const std::byte> bytes) {
    digester_.Update(bytes);
    size_bytes_ += static_cast<std::int64_t>(bytes.size());
  }

  arrow::Status WriteAll(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto moved = Uninterrupted([&] { return calls_.Write(file_.get(), bytes); });
      if (moved < 0) {
        return ToArrow(FromErrno(static_cast<int>(-moved), "writing '" + path_ + "'"));
      }
      if (moved == 0)
        return ToArrow(Unavailable("writing '{}': the device takes no more", path_));
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
  return fmt::format("{}/.{}.{:02}.tmp", folder, name.substr(0, name.find('.')), slot);
}

Result<FileDescriptor> OpenFolder(LocalCalls& calls, const std::string& folder) {
  const int fd =
      Uninterrupted([&] { return calls.Open(folder, O_RDONLY | O_DIRECTORY, 0); });
  if (fd < 0) return FromErrno(-fd, fmt::format("opening folder '{}'", folder));
  return FileDescriptor(calls, fd);
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
  LocalAtomicFile(AtomicFileTarget target, DigestChoice digests,
                  const LocalStoreOptions& options, FileDescriptor file,
                  std::string temporary)
      : calls_(*options.calls),
        durable_(options.durable),
        target_(std::move(target)),
        temporary_(std::move(temporary)),
        file_(std::move(file)),
        stream_(calls_, file_, path(), digests) {}

  ~LocalAtomicFile() override { RemoveTemporary(); }

  arrow::io::OutputStream& stream() override { return stream_; }

  Result<Written> written() override { return stream_.written(); }

  Status Commit(const std::string& attribute) override {
    ENTREPOT_RETURN_IF_ERROR(stream_.Flush());
    ENTREPOT_RETURN_IF_ERROR(SetReceipt(attribute));
    if (durable_) {
      const int synced = Uninterrupted([&] { return calls_.Sync(file_.get()); });
      ENTREPOT_RETURN_IF_ERROR(Check(synced, "syncing"));
    }
    ENTREPOT_ASSIGN_OR_RETURN(const FileDescriptor folder,
                              OpenFolder(calls_, target_.folder));
    // Where folders cannot be locked, a change of format has the race told above.
    const bool is_locked =
        Uninterrupted([&] { return calls_.WaitForLock(folder.get()); }) >= 0;
    const Status committed = PublishAndReplace(folder, is_locked);
    // Explicitly: a forked process may keep the folder open.
    if (is_locked) (void)calls_.Unlock(folder.get());
    return committed;
  }

 private:
  std::string path() const { return target_.folder + "/" + target_.name; }

  Status Check(int result, std::string_view doing) const {
    if (result >= 0) return {};
    return FromErrno(-result, fmt::format("{} '{}'", doing, path()));
  }

  Status SetReceipt(const std::string& attribute) const {
    const auto set = Uninterrupted(
        [&] { return calls_.SetAttribute(file_.get(), kReceiptAttribute, attribute); });
    const int result = static_cast<int>(set);
    // The log and the formats know more.
    if (result < 0 && IsAttributeRefused(-result)) return {};
    return Check(result, "writing the receipt of");
  }

  /// Steps 7 to 12.
  Status PublishAndReplace(const FileDescriptor& folder, bool is_locked) {
    ENTREPOT_RETURN_IF_ERROR(Publish(is_locked));
    const std::vector<std::string> twins = Twins();
    if (is_locked && twins.empty()) (void)calls_.Unlock(folder.get());
    ENTREPOT_RETURN_IF_ERROR(SyncNames(folder));
    if (twins.empty()) return {};
    ENTREPOT_RETURN_IF_ERROR(Remove(twins));
    return SyncNames(folder);
  }

  /// Steps 7 and 8.
  Status Publish(bool is_locked) {
    const bool was_named = !temporary_.empty();
    if (!was_named) {
      const int linked = calls_.Link(file_.get(), path());
      if (linked != -EEXIST) {
        ENTREPOT_RETURN_IF_ERROR(CheckPublished(linked, "naming"));
        RemoveDead(is_locked ? 1 : kSlots);
        return {};
      }
      ENTREPOT_RETURN_IF_ERROR(LinkTemporary());
    }
    const int renamed = calls_.Rename(temporary_, path());
    ENTREPOT_RETURN_IF_ERROR(CheckPublished(renamed, "renaming to"));
    temporary_.clear();
    // Under the lock only slot 00 is ever used, and a leftover there made way for us.
    if (was_named || !is_locked) RemoveDead(kSlots);
    return {};
  }

  /// Checks the call at the commit point. Errors that do not say otherwise mean that
  /// nothing was published.
  Status CheckPublished(int result, std::string_view doing) const {
    if (result >= 0) return {};
    const int is_there = calls_.Names(path(), file_.get());
    if (is_there == 1) return {};
    const Status failed = Check(result, doing);
    if (is_there == 0) return failed;
    return Error(ErrorCode::kOutcomeUnknown,
                 fmt::format("'{}' may be the new or the old one: {}", path(),
                             failed.error().message()));
  }

  /// The files that are there and that this one replaces.
  std::vector<std::string> Twins() const {
    std::vector<std::string> twins;
    for (const std::string& other : target_.replaces) {
      if (calls_.Exists(other) != 0) twins.push_back(other);
    }
    return twins;
  }

  Status Remove(const std::vector<std::string>& twins) const {
    for (const std::string& twin : twins) {
      const int removed = calls_.Remove(twin);
      if (removed >= 0 || removed == -ENOENT) continue;
      const Error failed = FromErrno(-removed, fmt::format("removing '{}'", twin));
      return Error(ErrorCode::kOutcomeUnknown,
                   fmt::format("'{}' is there, but so is the file it replaces: {}",
                               path(), failed.message()));
    }
    return {};
  }

  Status SyncNames(const FileDescriptor& folder) const {
    if (!durable_) return {};
    const int synced = Uninterrupted([&] { return calls_.Sync(folder.get()); });
    if (synced >= 0) return {};
    return Error(ErrorCode::kOutcomeUnknown,
                 fmt::format("'{}' is there, but may not survive a loss of power: {}",
                             path(), FromErrno(-synced, "syncing its folder").message()));
  }

  /// Gives the unnamed file a temporary name in a free slot.
  Status LinkTemporary() {
    for (int slot = 0; slot < kSlots; ++slot) {
      const std::string temporary = SlotPath(target_.folder, target_.name, slot);
      int result = calls_.Link(file_.get(), temporary);
      if (result == -EEXIST) {
        RemoveIfDead(calls_, temporary);
        result = calls_.Link(file_.get(), temporary);
      }
      if (result == -EEXIST) continue;
      ENTREPOT_RETURN_IF_ERROR(Check(result, "naming a temporary file for"));
      temporary_ = temporary;
      return {};
    }
    return Unavailable("too many writers of '{}' at once", path());
  }

  void RemoveDead(int slots) const {
    for (int slot = 0; slot < slots; ++slot) {
      RemoveIfDead(calls_, SlotPath(target_.folder, target_.name, slot));
    }
  }

  void RemoveTemporary() {
    if (!temporary_.empty())
      (void)calls_.Remove(temporary_);  // Else the next store does.
  }

  LocalCalls& calls_;
  bool durable_;
  AtomicFileTarget target_;
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

bool IsAttributeRefused(int error_number) {
  switch (error_number) {
    case EOPNOTSUPP:  // By the filesystem,
    case ENOSYS:
    case EPERM:  // by a policy,
    case EACCES:
    case ENOSPC:  // for want of room,
    case EDQUOT:
    case E2BIG:
    case ENODATA:  // or there is none.
      return true;
    default:
      return false;
  }
}

Status SyncFolder(LocalCalls& calls, const std::string& folder) {
  ENTREPOT_ASSIGN_OR_RETURN(const FileDescriptor file, OpenFolder(calls, folder));
  const int result = Uninterrupted([&] { return calls.Sync(file.get()); });
  if (result < 0) return FromErrno(-result, fmt::format("syncing folder '{}'", folder));
  return {};
}

Result<std::unique_ptr<AtomicFile>> CreateLocalAtomicFile(
    AtomicFileTarget target, DigestChoice digests, const LocalStoreOptions& options) {
  LocalCalls& calls = *options.calls;
  const int fd =
      Uninterrupted([&] { return calls.Open(target.folder, O_TMPFILE | O_RDWR, 0666); });
  if (fd < 0 && HasNoUnnamedFiles(-fd)) {
    ENTREPOT_ASSIGN_OR_RETURN(auto named, CreateNamed(calls, target.folder, target.name));
    return std::make_unique<LocalAtomicFile>(std::move(target), digests, options,
                                             std::move(named.first),
                                             std::move(named.second));
  }
  if (fd < 0)
    return FromErrno(-fd, fmt::format("creating a file in '{}'", target.folder));
  FileDescriptor file(calls, fd);
  (void)calls.Lock(fd);  // Where locks are refused, leftovers are left over.
  return std::make_unique<LocalAtomicFile>(std::move(target), digests, options,
                                           std::move(file), "");
}

}  // namespace entrepot::internal
