#include "entrepot/storage/local_store.h"

#include <sys/mman.h>

#include <algorithm>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <fcntl.h>

#include "entrepot/arrow_result.h"
#include "entrepot/storage/file_descriptor_internal.h"
#include "entrepot/storage/local_atomic_file_internal.h"

namespace entrepot {
namespace {

using internal::FileDescriptor;
using internal::Uninterrupted;

/// An open file that several readers share.
struct OpenFile {
  OpenFile(LocalCalls& calls, int fd, std::string path)
      : calls(calls), file(calls, fd), path(std::move(path)) {}

  /// Fills `into` from `offset`; returns less only at the end of the file.
  Result<std::int64_t> Read(std::span<std::byte> into, std::int64_t offset) const {
    std::int64_t total = 0;
    while (!into.empty()) {
      const auto moved =
          Uninterrupted([&] { return calls.Read(file.get(), into, offset + total); });
      if (moved < 0) {
        return FromErrno(static_cast<int>(-moved), fmt::format("reading '{}'", path));
      }
      if (moved == 0) break;
      total += moved;
      into = into.subspan(static_cast<size_t>(moved));
    }
    return total;
  }

  LocalCalls& calls;
  FileDescriptor file;
  std::string path;
};

/// A private, writable map. Unmapped when the last slice of it dies.
class MappedBuffer final : public arrow::MutableBuffer {
 public:
  MappedBuffer(void* address, std::int64_t size)
      : MutableBuffer(static_cast<std::uint8_t*>(address), size), address_(address) {}
  ~MappedBuffer() override { ::munmap(address_, static_cast<size_t>(size())); }

 private:
  void* address_;
};

class LocalRandomAccessFile final : public arrow::io::RandomAccessFile {
 public:
  LocalRandomAccessFile(std::shared_ptr<const OpenFile> file, std::int64_t size)
      : file_(std::move(file)), size_(size) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Result<std::int64_t> GetSize() override { return size_; }
  arrow::Status Seek(std::int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }

  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t size,
                                     void* out) override {
    const std::span into(static_cast<std::byte*>(out), static_cast<size_t>(size));
    auto moved = file_->Read(into, position);
    if (!moved) return ToArrow(moved.error());
    return *moved;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position,
                                                       std::int64_t size) override {
    size = std::clamp<std::int64_t>(size, 0, std::max<std::int64_t>(size_ - position, 0));
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size));
    ARROW_ASSIGN_OR_RAISE(const std::int64_t moved,
                          ReadAt(position, size, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(moved, /*shrink_to_fit=*/false));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Result<std::int64_t> Read(std::int64_t size, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const std::int64_t moved, ReadAt(position_, size, out));
    position_ += moved;
    return moved;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t size) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, size));
    position_ += buffer->size();
    return buffer;
  }

 private:
  std::shared_ptr<const OpenFile> file_;
  std::int64_t size_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

class LocalStoredFile final : public StoredFile {
 public:
  LocalStoredFile(std::shared_ptr<const OpenFile> file, std::int64_t size,
                  std::string attribute)
      : file_(std::move(file)), size_bytes_(size), attribute_(std::move(attribute)) {}

  std::int64_t size_bytes() const override { return size_bytes_; }
  const std::string& attribute() const override { return attribute_; }
  Result<std::int64_t> modified() const override {
    const std::int64_t time = file_->calls.Modified(file_->file.get());
    if (time >= 0) return time;
    return FromErrno(static_cast<int>(-time),
                     fmt::format("asking when '{}' was written", file_->path));
  }

  Result<std::shared_ptr<arrow::Buffer>> ReadAll() const override {
    ENTREPOT_ASSIGN_OR_RETURN(auto buffer, arrow::AllocateBuffer(size_bytes_));
    const std::span into(reinterpret_cast<std::byte*>(buffer->mutable_data()),
                         static_cast<size_t>(size_bytes_));
    ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t moved, file_->Read(into, 0));
    if (moved != size_bytes_) {
      return Corrupt("'{}' shrank from {} to {} bytes while it was read", file_->path,
                     size_bytes_, moved);
    }
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

  Result<std::shared_ptr<arrow::Buffer>> Map() const override {
    if (size_bytes_ == 0) return ReadAll();
    void* address = nullptr;
    const int result = file_->calls.Map(file_->file.get(), size_bytes_, &address);
    if (result < 0) return FromErrno(-result, fmt::format("mapping '{}'", file_->path));
    return std::make_shared<MappedBuffer>(address, size_bytes_);
  }

  std::shared_ptr<arrow::io::RandomAccessFile> AsRandomAccess() const override {
    return std::make_shared<LocalRandomAccessFile>(file_, size_bytes_);
  }

 private:
  std::shared_ptr<const OpenFile> file_;
  std::int64_t size_bytes_;
  std::string attribute_;
};

/// Splits "/base/a/b.c" into its folder and name.
std::pair<std::string, std::string> SplitName(const std::string& path) {
  const size_t slash = path.rfind('/');
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

LocalStore::LocalStore(std::string base, LocalStoreOptions options)
    : base_(std::move(base)), options_(options) {
  while (base_.size() > 1 && base_.back() == '/') base_.pop_back();
}

Status LocalStore::MakeFolders(const std::string& folder) {
  {
    const std::lock_guard lock(mutex_);
    if (known_folders_.contains(folder)) return {};
  }
  const Status made = MakeAndSync(folder);
  if (!made) return made.error().While(fmt::format("making folder '{}'", folder));
  const std::lock_guard lock(mutex_);
  known_folders_.insert(folder);
  return {};
}

/// Makes `folder` and what is above it. In a durable store every entry from the base's
/// own down is synced once, also those that others made: they may have died before they
/// could. Who makes a folder has synced all above it, so that above a base that is there
/// nothing is left to sync.
Status LocalStore::MakeAndSync(const std::string& folder) const {
  LocalCalls& calls = *options_.calls;
  const bool has_base = calls.Exists(base_) == 1;
  for (size_t end = folder.find('/', 1);; end = folder.find('/', end + 1)) {
    const std::string prefix = folder.substr(0, end);
    const bool is_above_base = prefix.size() < base_.size();
    const int made = calls.MakeFolder(prefix);
    if (made < 0 && made != -EEXIST) {
      const auto exists =
          calls.Exists(prefix);  // A parent we may not write to is no harm.
      if (exists != 1) return FromErrno(-made, fmt::format("making '{}'", prefix));
    }
    if (options_.durable && !(has_base && is_above_base)) {
      const std::string parent = SplitName(prefix).first;
      const Status synced = internal::SyncFolder(calls, parent.empty() ? "/" : parent);
      // What others made where we may not even look is theirs to sync.
      const bool is_others = made < 0 && is_above_base;
      const bool may_ignore =
          is_others && !synced && synced.error().code() == ErrorCode::kPermission;
      if (!may_ignore) ENTREPOT_RETURN_IF_ERROR(synced);
    }
    if (end == std::string::npos) return {};
  }
}

Result<std::unique_ptr<AtomicFile>> LocalStore::Create(
    const std::string& path, DigestChoice digests, std::vector<std::string> replaces) {
  const auto [folder, name] = SplitName(base_ + "/" + path);
  for (std::string& other : replaces) other = base_ + "/" + other;
  const internal::AtomicFileTarget target{folder, name, std::move(replaces)};
  ENTREPOT_RETURN_IF_ERROR(MakeFolders(folder));
  auto file = internal::CreateLocalAtomicFile(target, digests, options_);
  if (file || file.error().code() != ErrorCode::kNotFound) return file;
  // Somebody removed the folder, or a file stands where one is needed.
  {
    const std::lock_guard lock(mutex_);
    known_folders_.clear();
  }
  ENTREPOT_RETURN_IF_ERROR(MakeFolders(folder));
  file = internal::CreateLocalAtomicFile(target, digests, options_);
  if (!file && file.error().code() == ErrorCode::kNotFound) {
    return Conflict("a file stands where folder '{}' is needed", folder);
  }
  return file;
}

Result<std::unique_ptr<StoredFile>> LocalStore::Open(const std::string& path) const {
  LocalCalls& calls = *options_.calls;
  const std::string full = base_ + "/" + path;
  const int fd = Uninterrupted([&] { return calls.Open(full, O_RDONLY, 0); });
  if (fd < 0) return FromErrno(-fd, fmt::format("opening '{}'", full));
  auto file = std::make_shared<const OpenFile>(calls, fd, full);
  const std::int64_t size = calls.Size(fd);
  if (size < 0)
    return FromErrno(static_cast<int>(-size), fmt::format("opening '{}'", full));
  std::string attribute;
  const auto got = Uninterrupted(
      [&] { return calls.GetAttribute(fd, internal::kReceiptAttribute, attribute); });
  if (got < 0) {
    const int error_number = static_cast<int>(-got);
    if (!internal::IsAttributeRefused(error_number))
      return FromErrno(error_number, fmt::format("reading the receipt of '{}'", full));
    attribute.clear();
  }
  return std::make_unique<LocalStoredFile>(std::move(file), size, std::move(attribute));
}

Result<bool> LocalStore::Exists(const std::string& path) const {
  const std::string full = base_ + "/" + path;
  const int exists = options_.calls->Exists(full);
  if (exists < 0) return FromErrno(-exists, fmt::format("looking for '{}'", full));
  return exists == 1;
}

}  // namespace entrepot
