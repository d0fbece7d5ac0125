#include "entrepot/storage/local_store.h"

#include <sys/mman.h>

#include <algorithm>
#include <filesystem>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <fcntl.h>

#include "entrepot/arrow_result.h"
#include "entrepot/storage/file_descriptor_internal.h"
#include "entrepot/storage/folder_tree_internal.h"
#include "entrepot/storage/local_atomic_file_internal.h"
#include "entrepot/storage/temporary_names_internal.h"

namespace entrepot {
namespace {

using internal::CommitTarget;
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

Result<std::int64_t> ModifiedOf(const OpenFile& open) {
  const std::int64_t time = open.calls.Modified(open.file.get());
  if (time >= 0) return time;
  return FromErrno(static_cast<int>(-time),
                   fmt::format("asking when '{}' was written", open.path));
}

/// Returns the receipt on a file or folder, "" for none.
Result<std::string> AttributeOf(const OpenFile& open) {
  std::string attribute;
  const auto got = Uninterrupted([&] {
    return open.calls.GetAttribute(open.file.get(), internal::kReceiptAttribute,
                                   attribute);
  });
  if (got >= 0) return attribute;
  const int error_number = static_cast<int>(-got);
  if (internal::IsAttributeRefused(error_number)) return std::string();
  return FromErrno(error_number, fmt::format("reading the receipt of '{}'", open.path));
}

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
  Result<std::int64_t> modified() const override { return ModifiedOf(*file_); }

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

class LocalStoredFolder final : public StoredFolder {
 public:
  LocalStoredFolder(std::shared_ptr<const OpenFile> folder, std::string attribute)
      : folder_(std::move(folder)), attribute_(std::move(attribute)) {}

  const std::string& attribute() const override { return attribute_; }
  Result<std::int64_t> modified() const override { return ModifiedOf(*folder_); }
  Result<Written> Measure(bool digests) const override {
    return internal::MeasureFolder(folder_->calls, folder_->path, digests);
  }

 private:
  std::shared_ptr<const OpenFile> folder_;
  std::string attribute_;
};

/// Splits "/base/a/b.c" into its folder and name.
std::pair<std::string, std::string> SplitName(const std::string& path) {
  const size_t slash = path.rfind('/');
  return {path.substr(0, slash), path.substr(slash + 1)};
}

/// The note of the value at `stem`.
std::string NoteOf(const std::string& stem) {
  const size_t name = stem.rfind('/') + 1;  // npos + 1 is 0.
  return fmt::format("{}.{}.file", stem.substr(0, name), stem.substr(name));
}

/// What both a file and a folder of a value replace.
CommitTarget ValueTarget(const std::string& base, const ValueNames& names) {
  const std::string stem = base + "/" + names.stem;
  const auto [folder, name] = SplitName(stem);
  CommitTarget target{.locked_folder = folder,
                      .note = base + "/" + NoteOf(names.stem),
                      .value_name = name,
                      .value_stem = stem};
  for (const std::string& extension : names.extensions) {
    target.replaced_files.push_back(fmt::format("{}.{}", stem, extension));
  }
  return target;
}

CommitTarget FileTarget(const std::string& base, const ValueNames& names,
                        std::string_view extension) {
  CommitTarget target = ValueTarget(base, names);
  target.folder = target.locked_folder;
  target.name = fmt::format("{}.{}", target.value_name, extension);
  return target;
}

CommitTarget FolderTarget(const std::string& base, const ValueNames& names) {
  CommitTarget target = ValueTarget(base, names);
  target.folder = target.value_stem;
  target.name = kValueFolder;
  return target;
}

/// Whether `path` is `folder` or lies in it.
bool IsWithin(const std::string& path, const std::string& folder) {
  const auto outer = std::filesystem::path(folder + "/.").lexically_normal();
  const auto inner = std::filesystem::path(path + "/.").lexically_normal();
  return inner.string().starts_with(outer.string());
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

/// Makes `folder` and begins something in it, once more if somebody removed it meanwhile.
template <typename Begin>
auto LocalStore::InFolder(const std::string& folder, Begin begin) -> decltype(begin()) {
  ENTREPOT_RETURN_IF_ERROR(MakeFolders(folder));
  auto begun = begin();
  if (begun || begun.error().code() != ErrorCode::kNotFound) return begun;
  {
    const std::lock_guard lock(mutex_);
    known_folders_.clear();
  }
  ENTREPOT_RETURN_IF_ERROR(MakeFolders(folder));
  begun = begin();
  const bool is_missing = !begun && begun.error().code() == ErrorCode::kNotFound;
  if (is_missing && !internal::OpenFolder(*options_.calls, folder)) {
    return Conflict("a file stands where folder '{}' is needed", folder);
  }
  return begun;
}

Result<std::unique_ptr<AtomicFile>> LocalStore::Create(const std::string& path,
                                                       DigestChoice digests) {
  const auto [folder, name] = SplitName(base_ + "/" + path);
  const CommitTarget target{.folder = folder, .name = name, .locked_folder = folder};
  return InFolder(
      folder, [&] { return internal::CreateLocalAtomicFile(target, digests, options_); });
}

Result<std::unique_ptr<AtomicFile>> LocalStore::Create(const ValueNames& names,
                                                       std::string_view extension,
                                                       DigestChoice digests) {
  const CommitTarget target = FileTarget(base_, names, extension);
  return InFolder(target.folder, [&] {
    return internal::CreateLocalAtomicFile(target, digests, options_);
  });
}

Result<CopiedIn> LocalStore::CopyIn(const ValueNames& names, std::string_view extension,
                                    const std::string& source, bool may_take) {
  auto begun = BeginCopy(names, extension, source, may_take);
  if (begun) return begun;
  return begun.error().While(
      fmt::format("copying '{}' to '{}/{}'", source, base_, names.stem));
}

Result<CopiedIn> LocalStore::BeginCopy(const ValueNames& names,
                                       std::string_view extension,
                                       const std::string& source, bool may_take) {
  LocalCalls& calls = *options_.calls;
  ENTREPOT_ASSIGN_OR_RETURN(internal::SourceFile opened,
                            internal::OpenSource(calls, source));
  switch (opened.facts.kind) {
    case FileKind::kFile: {
      CommitTarget target = FileTarget(base_, names, extension);
      target.noted_extension = extension;
      ENTREPOT_ASSIGN_OR_RETURN(auto write, InFolder(target.folder, [&] {
                                  return internal::ImportLocalFile(target, opened,
                                                                   may_take, options_);
                                }));
      return CopiedIn{fmt::format("{}.{}", names.stem, extension), /*is_folder=*/false,
                      std::move(write)};
    }
    case FileKind::kFolder: {
      const CommitTarget target = FolderTarget(base_, names);
      if (IsWithin(target.folder, source)) {
        return Invalid("folder '{}' cannot be kept in itself, at '{}'", source,
                       target.path());
      }
      ENTREPOT_ASSIGN_OR_RETURN(auto write, InFolder(target.folder, [&] {
                                  return internal::ImportLocalFolder(target, source,
                                                                     may_take, options_);
                                }));
      return CopiedIn{names.stem + "/" + kValueFolder, /*is_folder=*/true,
                      std::move(write)};
    }
    default:
      return Invalid("'{}' is neither a file nor a folder", source);
  }
}

Result<std::vector<StoredName>> LocalStore::Names(const ValueNames& names) const {
  std::vector<StoredName> found;
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto note,
      internal::ReadNote(*options_.calls, base_ + "/" + NoteOf(names.stem)));
  const std::vector<std::string> noted = note.value_or(std::vector<std::string>());
  const auto add = [&](const std::string& extension, bool is_noted) -> Status {
    const std::string path = fmt::format("{}.{}", names.stem, extension);
    ENTREPOT_ASSIGN_OR_RETURN(const bool exists, Exists(path));
    if (exists) found.push_back({path, extension, /*is_folder=*/false, is_noted});
    return {};
  };
  for (const std::string& extension : names.extensions) {
    const bool is_noted = std::ranges::find(noted, extension) != noted.end();
    ENTREPOT_RETURN_IF_ERROR(add(extension, is_noted));
  }
  for (const std::string& extension : noted) {
    const bool is_new =
        std::ranges::find(names.extensions, extension) == names.extensions.end();
    if (is_new) ENTREPOT_RETURN_IF_ERROR(add(extension, /*is_noted=*/true));
  }
  const std::string folder = names.stem + "/" + kValueFolder;
  ENTREPOT_ASSIGN_OR_RETURN(const bool has_folder, Exists(folder));
  if (has_folder) found.push_back({.path = folder, .extension = "", .is_folder = true});
  return found;
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
  ENTREPOT_ASSIGN_OR_RETURN(std::string attribute, AttributeOf(*file));
  return std::make_unique<LocalStoredFile>(std::move(file), size, std::move(attribute));
}

Result<std::unique_ptr<StoredFolder>> LocalStore::OpenFolder(
    const std::string& path) const {
  LocalCalls& calls = *options_.calls;
  const std::string full = base_ + "/" + path;
  const int fd =
      Uninterrupted([&] { return calls.Open(full, O_RDONLY | O_DIRECTORY, 0); });
  if (fd < 0) return FromErrno(-fd, fmt::format("opening '{}'", full));
  auto folder = std::make_shared<const OpenFile>(calls, fd, full);
  ENTREPOT_ASSIGN_OR_RETURN(std::string attribute, AttributeOf(*folder));
  return std::make_unique<LocalStoredFolder>(std::move(folder), std::move(attribute));
}

Result<bool> LocalStore::Exists(const std::string& path) const {
  const std::string full = base_ + "/" + path;
  const int exists = options_.calls->Exists(full);
  if (exists < 0) return FromErrno(-exists, fmt::format("looking for '{}'", full));
  return exists == 1;
}

}  // namespace entrepot
