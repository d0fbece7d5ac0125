// How the filesystem manager finds and loads what it stored.

#include "entrepot/arrow_result.h"
#include "entrepot/io/context.h"
#include "entrepot/io/file_formats_internal.h"
#include "entrepot/io/file_handle.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/partitions.h"
#include "entrepot/io/stored_value.h"
#include "entrepot/io/trailing_receipt.h"

namespace entrepot {
namespace {

/// Whether what is stored is the file of a handle (FileSystemIOManagerHooks).
bool IsFileOfHandle(const Receipt& receipt) {
  return receipt.kind == ToString(ValueKind::kFile) && receipt.type == kFileHandleType;
}

}  // namespace

/// A value's file or folder, open, and what is known of it before it is decoded.
struct FileSystemIOManager::Found {
  std::string path;                      ///< Absolute.
  std::shared_ptr<const Codec> codec{};  ///< Of a file.
  std::unique_ptr<StoredFile> file{};
  std::unique_ptr<StoredFolder> folder{};
  std::optional<Receipt> receipt{};  ///< Its own.

  Result<std::int64_t> modified() const {
    return folder ? folder->modified() : file->modified();
  }
};

Result<FileSystemIOManager::Found> FileSystemIOManager::OpenAs(
    const StoredName& name) const {
  Found found{.path = store_.base() + "/" + name.path};
  std::string text;
  if (name.is_folder) {
    ENTREPOT_ASSIGN_OR_RETURN(found.folder, store_.OpenFolder(name.path));
    text = found.folder->attribute();
  } else {
    ENTREPOT_ASSIGN_OR_RETURN(found.file, store_.Open(name.path));
    found.codec = codecs_.ForExtension(name.extension);
    text = found.file->attribute();
    if (text.empty() && found.codec && found.codec->info().receipt_may_follow) {
      ENTREPOT_ASSIGN_OR_RETURN(text, ReadTrailingReceipt(*found.file->AsRandomAccess()));
    }
  }
  if (!text.empty()) {
    auto receipt = ReceiptFromJson(text);
    if (!receipt)
      return receipt.error().While(
          fmt::format("reading the receipt on '{}'", found.path));
    found.receipt = *std::move(receipt);
  }
  const bool is_file =
      found.receipt ? found.receipt->format == kFileFormat : name.is_noted;
  if (is_file) found.codec = AnyFileCodec();
  return found;
}

/// Whether `a` was stored after `b`: by version, or by time where one carries none.
Result<bool> FileSystemIOManager::IsNewer(const Found& a, const Found& b) {
  const bool have_versions = a.receipt && b.receipt && !a.receipt->version.empty() &&
                             !b.receipt->version.empty();
  if (have_versions) return a.receipt->version > b.receipt->version;
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t a_time, a.modified());
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t b_time, b.modified());
  return a_time > b_time;
}

/// Opens the value's file: of two that a crash left, the one of the newer version.
Result<FileSystemIOManager::Found> FileSystemIOManager::Find(
    const OutputContext& upstream) const {
  ENTREPOT_ASSIGN_OR_RETURN(const ValueNames names, NamesFor(upstream));
  // A store that changes the format may remove a name between our seeing and opening it,
  // or add one that we had just found missing: so only a second look finds nothing.
  int num_empty_looks = 0;
  for (int attempt = 0; attempt < 100; ++attempt) {
    ENTREPOT_ASSIGN_OR_RETURN(const std::vector<StoredName> stored, store_.Names(names));
    std::optional<Found> newest;
    for (const StoredName& name : stored) {
      auto found = OpenAs(name);
      if (!found && found.error().code() == ErrorCode::kNotFound) continue;
      if (!found) return found.error();
      bool is_newest = !newest.has_value();
      if (!is_newest) {
        ENTREPOT_ASSIGN_OR_RETURN(is_newest, IsNewer(*found, *newest));
      }
      if (is_newest) newest = *std::move(found);
    }
    if (newest) return *std::move(newest);
    if (stored.empty() && ++num_empty_looks == 2) break;
  }
  return Missing(upstream, names.stem);
}

Error FileSystemIOManager::Missing(const OutputContext& upstream,
                                   const std::string& stem) const {
  for (const Receipt& row : upstream.receipts()) {
    const bool is_path = row.format == kFileFormat || row.format == kFolderFormat;
    if (!is_path && codecs_.ForFormat(row.format) == nullptr) {
      return Unsupported("'{}/{}' is stored as '{}', which this program cannot read{}",
                         store_.base(), row.path, row.format,
                         row.format == "pickle"
                             ? "; it is a Python object: load it from Python, "
                               "with allow_pickle on"
                             : "");
    }
  }
  if (!upstream.receipts().empty()) {
    return NotFound(
        "'{}/{}' is gone: it was stored by run '{}' and then removed; materialize "
        "it again",
        store_.base(), upstream.receipts().front().path,
        upstream.receipts().front().run_id);
  }
  return NotFound("there is no value at '{}/{}.*'", store_.base(), stem);
}

Result<bool> FileSystemIOManager::Has(const OutputContext& output) {
  ENTREPOT_ASSIGN_OR_RETURN(const ValueNames names, NamesFor(output));
  for (int look = 0; look < 2; ++look) {  // As in Find.
    ENTREPOT_ASSIGN_OR_RETURN(const std::vector<StoredName> stored, store_.Names(names));
    if (!stored.empty()) return true;
  }
  return false;
}

Result<Value> FileSystemIOManager::LoadInput(const InputContext& context) {
  return LoadPartitions(context,
                        [this](const InputContext& one) { return LoadOne(one); });
}

Result<Value> FileSystemIOManager::LoadOne(const InputContext& context) {
  if (!context.has_upstream_output()) {
    return Invalid(
        "{} comes from no step's output and no asset, so there is no file of it",
        context.Describe());
  }
  const OutputContext& upstream = context.upstream_output();
  auto load = [&]() -> Result<Value> {
    ENTREPOT_ASSIGN_OR_RETURN(Found found, Find(upstream));
    const Receipt* receipt = found.receipt ? &*found.receipt : nullptr;
    if (found.folder) {
      return LoadStoredFolder(
          context, {.path = found.path, .folder = *found.folder, .receipt = receipt});
    }
    if (!found.codec) {
      return Unsupported("'{}' is stored as '{}', which this program cannot read",
                         found.path, receipt->format);
    }
    ENTREPOT_ASSIGN_OR_RETURN(Value value,
                              LoadStoredValue(context, {.path = found.path,
                                                        .codec = *found.codec,
                                                        .file = *found.file,
                                                        .receipt = receipt}));
    if (receipt == nullptr || !IsFileOfHandle(*receipt)) return value;
    return ToValue(FileHandle{.kind = kLocalFileKind, .path = found.path});
  };
  auto loaded = load();
  if (!loaded) return loaded.error().While("loading " + upstream.Describe());
  return loaded;
}

}  // namespace entrepot
