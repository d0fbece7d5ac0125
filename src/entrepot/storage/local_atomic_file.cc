/// \file entrepot/storage/local_atomic_file.cc
/// Steps 1 to 3 and 8 of local_commit_internal.cc, for a file.

#include "entrepot/storage/local_atomic_file_internal.h"

#include <algorithm>
#include <vector>

#include <arrow/io/interfaces.h>
#include <fcntl.h>

#include "entrepot/arrow_result.h"
#include "entrepot/storage/file_copy_internal.h"
#include "entrepot/storage/temporary_names_internal.h"

namespace entrepot::internal {
namespace {

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
    const Status written = internal::WriteAll(calls_, file_, bytes, path_);
    return written ? arrow::Status::OK() : ToArrow(written.error());
  }

  LocalCalls& calls_;
  const FileDescriptor& file_;
  std::string path_;
  Digester digester_;
  std::int64_t size_bytes_ = 0;
  std::vector<std::byte> buffer_;
};

class LocalAtomicFile final : public AtomicFile {
 public:
  LocalAtomicFile(CommitTarget target, DigestChoice digests,
                  const LocalStoreOptions& options, FileDescriptor file,
                  std::string temporary, bool is_unnamed)
      : calls_(*options.calls),
        commit_(options, std::move(target)),
        temporary_(std::move(temporary)),
        file_(std::move(file)),
        is_unnamed_(is_unnamed),
        stream_(calls_, file_, commit_.target().path(), digests) {}

  ~LocalAtomicFile() override { RemoveTemporary(); }

  arrow::io::OutputStream& stream() override { return stream_; }

  Result<Written> written() override {
    return imported_ ? *imported_ : stream_.written();
  }

  Status Commit(const std::string& attribute) override {
    ENTREPOT_RETURN_IF_ERROR(stream_.Flush());
    return commit_.Run(file_, attribute,
                       [this](bool is_locked) { return Publish(is_locked); });
  }

  const FileDescriptor& file() const { return file_; }

  /// Tells what was written other than through the stream.
  void set_written(Written written) { imported_ = std::move(written); }

 private:
  /// Step 8.
  Status Publish(bool is_locked) {
    const CommitTarget& target = commit_.target();
    const bool was_named = !temporary_.empty();
    if (!was_named) {
      const int linked = calls_.Link(file_.get(), target.path());
      if (linked != -EEXIST) {
        ENTREPOT_RETURN_IF_ERROR(commit_.CheckPublished(linked, file_, "naming"));
        RemoveDead(calls_, target.folder, target.name,
                   is_locked && is_unnamed_ ? 1 : kSlots);
        return {};
      }
      ENTREPOT_ASSIGN_OR_RETURN(temporary_,
                                LinkTemporary(calls_, file_, target.folder, target.name));
    }
    const int renamed = calls_.Rename(temporary_, target.path());
    ENTREPOT_RETURN_IF_ERROR(commit_.CheckPublished(renamed, file_, "renaming to"));
    temporary_.clear();
    // A leftover in slot 00 made way for us.
    if (!is_unnamed_ || !is_locked)
      RemoveDead(calls_, target.folder, target.name, kSlots);
    return {};
  }

  void RemoveTemporary() {
    if (!temporary_.empty())
      (void)calls_.Remove(temporary_);  // Else the next store does.
  }

  LocalCalls& calls_;
  LocalCommit commit_;
  std::string temporary_;  // The temporary name while there is one.
  FileDescriptor file_;

  // The filesystem has unnamed files: temporary names are given under the lock, and of
  // them only that of slot 00.
  bool is_unnamed_;
  DigestingStream stream_;
  std::optional<Written> imported_;
};

bool HasNoUnnamedFiles(int error_number) {
  return error_number == EOPNOTSUPP || error_number == EISDIR || error_number == EINVAL;
}

Result<std::unique_ptr<LocalAtomicFile>> CreateFile(CommitTarget target,
                                                    DigestChoice digests,
                                                    const LocalStoreOptions& options) {
  LocalCalls& calls = *options.calls;
  const int fd =
      Uninterrupted([&] { return calls.Open(target.folder, O_TMPFILE | O_RDWR, 0666); });
  if (fd < 0 && HasNoUnnamedFiles(-fd)) {
    ENTREPOT_ASSIGN_OR_RETURN(TemporaryName named,
                              MakeTemporaryFile(calls, target.folder, target.name));
    return std::make_unique<LocalAtomicFile>(std::move(target), digests, options,
                                             std::move(named.file), std::move(named.path),
                                             /*is_unnamed=*/false);
  }
  if (fd < 0)
    return FromErrno(-fd, fmt::format("creating a file in '{}'", target.folder));
  FileDescriptor file(calls, fd);
  (void)calls.Lock(fd);  // Where locks are refused, leftovers are left over.
  return std::make_unique<LocalAtomicFile>(std::move(target), digests, options,
                                           std::move(file), "", /*is_unnamed=*/true);
}

/// Whether a link to the source can be made where the target will be. That is tried under
/// the folder's lock, like all links of unnamed files, so that a temporary name left by a
/// dead writer is where the next one looks.
bool CanBeLinked(LocalCalls& calls, const SourceFile& source,
                 const CommitTarget& target) {
  const auto folder = OpenFolder(calls, target.folder);
  if (!folder) return false;
  if (Uninterrupted([&] { return calls.WaitForLock(folder->get()); }) != 0) return false;
  const auto linked = LinkTemporary(calls, source.file, target.folder, target.name);
  const bool is_nameless_again = linked && calls.Remove(*linked) >= 0;
  (void)calls.Unlock(folder->get());
  return is_nameless_again;
}

/// Whether the source itself can get the target's name and receipt: it has no other name,
/// and nobody else uses it.
bool CanBeTaken(LocalCalls& calls, const SourceFile& source, const CommitTarget& target) {
  const bool can_have_receipt = source.facts.is_writable;
  if (!can_have_receipt || source.facts.num_names != 1) return false;
  if (calls.Lock(source.file.get()) != 0) return false;
  if (CanBeLinked(calls, source, target)) return true;
  (void)calls.Unlock(source.file.get());
  return false;
}

}  // namespace

Result<std::unique_ptr<AtomicFile>> CreateLocalAtomicFile(
    CommitTarget target, DigestChoice digests, const LocalStoreOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(auto file, CreateFile(std::move(target), digests, options));
  return std::unique_ptr<AtomicFile>(std::move(file));
}

Result<std::unique_ptr<AtomicFile>> ImportLocalFile(CommitTarget target,
                                                    SourceFile& source, bool may_take,
                                                    const LocalStoreOptions& options) {
  LocalCalls& calls = *options.calls;
  if (may_take && CanBeTaken(calls, source, target)) {
    auto taken = std::make_unique<LocalAtomicFile>(std::move(target), DigestChoice(),
                                                   options, std::move(source.file), "",
                                                   /*is_unnamed=*/false);
    ENTREPOT_ASSIGN_OR_RETURN(Written written,
                              DigestFile(calls, taken->file(), source.path));
    taken->set_written(std::move(written));
    return std::unique_ptr<AtomicFile>(std::move(taken));
  }
  ENTREPOT_ASSIGN_OR_RETURN(auto file, CreateFile(std::move(target), {}, options));
  ENTREPOT_ASSIGN_OR_RETURN(Written written, CopyFile(calls, source, file->file()));
  file->set_written(std::move(written));
  return std::unique_ptr<AtomicFile>(std::move(file));
}

}  // namespace entrepot::internal
