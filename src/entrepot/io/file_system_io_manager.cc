#include "entrepot/io/file_system_io_manager.h"

#include <filesystem>

#include <arrow/io/interfaces.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/file_codec.h"
#include "entrepot/io/context.h"
#include "entrepot/io/local_copies.h"
#include "entrepot/io/partitions.h"
#include "entrepot/io/stored_value.h"
#include "entrepot/io/trailing_receipt.h"
#include "entrepot/io/value_path_internal.h"

namespace entrepot {
namespace {

constexpr char kFile[] = "file";      // As kind and as format.
constexpr char kFolder[] = "folder";  // The same.

/// What any file is, whatever its extension.
const std::shared_ptr<const Codec>& AnyFile() {
  static const std::shared_ptr<const Codec> codec = MakeFileCodec();
  return codec;
}

std::vector<std::string> ExtensionsOf(const CodecRegistry& codecs) {
  std::vector<std::string> extensions;
  for (const auto& codec : codecs.codecs())
    extensions.emplace_back(codec->info().extension);
  return extensions;
}

Receipt ReceiptFor(const OutputContext& context, std::string path, const Value& value) {
  return {.base = context.io_manager_key(),
          .path = std::move(path),
          .kind = std::string(ToString(value.kind())),
          .type = value.type(),
          .version = context.version().empty() ? NewVersion() : context.version(),
          .run_id = context.run_id()};
}

/// Whether what is stored is the file of a handle (FileSystemIOManagerHooks).
bool IsFileOfHandle(const Receipt& receipt) {
  return receipt.kind == kFile && receipt.type == kFileHandleType;
}

/// Returns the folder that `base_dir` names, absolute.
Result<std::string> FolderOf(std::string base_dir) {
  constexpr std::string_view kFileScheme = "file://";
  if (base_dir.empty()) return Invalid("the filesystem I/O manager needs a base_dir");
  if (base_dir.starts_with(kFileScheme)) base_dir.erase(0, kFileScheme.size());
  if (base_dir.find("://") != std::string::npos) {
    return Unsupported(
        "values cannot be kept at '{}' yet: give a folder of this machine, such as "
        "'/data/lake' or 'file:///data/lake'",
        base_dir);
  }
  return std::filesystem::absolute(base_dir).lexically_normal().string();
}

Status CheckAssigned(const CodecRegistry& codecs) {
  for (const AssignedCodec& assigned : codecs.assigned()) {
    const CodecInfo& codec = assigned.codec->info();
    if (!codec.runs_code) continue;
    return Invalid(
        "allow_pickle is off, but values of type '{}' are to be stored as '{}'",
        assigned.type.name, codec.format);
  }
  return {};
}

}  // namespace

FileOfHandle FilesOf(std::shared_ptr<FileManager> manager) {
  return [manager = std::move(manager)](const Value& value,
                                        const std::filesystem::path& scratch_parent)
             -> Result<std::optional<FilePath>> {
    if (!IsFileHandle(value)) return std::nullopt;
    ENTREPOT_ASSIGN_OR_RETURN(const auto handle, FromValue<FileHandle>(value));
    ENTREPOT_ASSIGN_OR_RETURN(const auto scratch, ScratchFolder::Make(scratch_parent));
    ENTREPOT_ASSIGN_OR_RETURN(FilePath copy, CopyHandle(*manager, handle, *scratch));
    return copy;
  };
}

const FieldList<FileSystemIOManagerOptions>& FileSystemIOManagerFields() {
  using Options = FileSystemIOManagerOptions;
  static const auto fields =
      FieldList<Options>("the filesystem I/O manager")
          .Field("base_dir", &Options::base_dir,
                 "Folder of the values; the instance's storage folder by default.")
          .Choice("durability", &Options::durability,
                  {{"full", Durability::kFull}, {"fast", Durability::kFast}},
                  "'full' syncs each value before it counts as stored; 'fast' does not: "
                  "a loss "
                  "of power may then lose or empty the values of the last moments.")
          .Choice("layout", &Options::layout,
                  {{"hive", PathLayout::kHive}, {"plain", PathLayout::kPlain}},
                  "Partitions as folders 'partition=<key>' or as files '<key>'.")
          .Field("allow_pickle", &Options::allow_pickle,
                 "Whether Python objects that fit no other format are pickled, and "
                 "pickles read.");
  return fields;
}

Result<std::shared_ptr<FileSystemIOManager>> FileSystemIOManager::Make(
    FileSystemIOManagerOptions options, CodecRegistry codecs,
    FileSystemIOManagerHooks hooks, LocalCalls& calls) {
  ENTREPOT_ASSIGN_OR_RETURN(options.base_dir, FolderOf(std::move(options.base_dir)));
  if (!options.allow_pickle) {
    ENTREPOT_RETURN_IF_ERROR(CheckAssigned(codecs));
    codecs = codecs.WithoutCode();
  }
  return std::shared_ptr<FileSystemIOManager>(new FileSystemIOManager(
      std::move(options), std::move(codecs), std::move(hooks), calls));
}

FileSystemIOManager::FileSystemIOManager(FileSystemIOManagerOptions options,
                                         CodecRegistry codecs,
                                         FileSystemIOManagerHooks hooks,
                                         LocalCalls& calls)
    : options_(std::move(options)),
      codecs_(std::move(codecs)),
      hooks_(std::move(hooks)),
      extensions_(ExtensionsOf(codecs_)),
      store_(options_.base_dir,
             {.durable = options_.durability == Durability::kFull, .calls = &calls}) {}

std::optional<IOManagerInfo> FileSystemIOManager::Info() const {
  return IOManagerInfo{.kind = "filesystem",
                       .config = FileSystemIOManagerFields().Write(options_),
                       .is_lossless = true};
}

Result<ValueNames> FileSystemIOManager::NamesFor(const OutputContext& context) const {
  if (hooks_.path_of) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto given, hooks_.path_of(context));
    if (given) {
      ENTREPOT_RETURN_IF_ERROR(CheckValuePath(*given));
      return ValueNames{*given, extensions_};
    }
  }
  ENTREPOT_ASSIGN_OR_RETURN(
      std::string stem,
      context.asset_key()
          ? AssetPath(*context.asset_key(), context.partition(), options_.layout)
          : OpOutputPath(context.run_id(), context.step_key(), context.name()));
  return ValueNames{std::move(stem), extensions_};
}

Status FileSystemIOManager::HandleOutput(OutputContext& context, const Value& value) {
  const Status stored = Store(context, value);
  if (!stored) return stored.error().While("storing " + context.Describe());
  return {};
}

/// Stores by the codec that is assigned to the value's type; else a file or a folder as
/// it is, and all else by the first codec that takes what its language makes of it.
Status FileSystemIOManager::Store(OutputContext& context, const Value& value) {
  const AssignedCodec* const assigned = codecs_.AssignedTo(value);
  if (assigned && assigned->codec->Takes(value))
    return Write(context, value, *assigned->codec);
  const bool is_foreign = value.kind() == ValueKind::kForeign;
  const Result<Value> made = is_foreign ? value.foreign()->ToStorable() : value;
  if (!made) {
    // Then only a codec for such objects can store it.
    const auto own = codecs_.ForValue(value);
    const bool is_unsupported = made.error().code() == ErrorCode::kUnsupported;
    return own && is_unsupported ? Write(context, value, **own) : made.error();
  }
  const Value& storable = *made;
  if (assigned) {
    if (assigned->codec->Takes(storable))
      return Write(context, storable, *assigned->codec);
    return Unsupported(
        "values of type '{}' are to be stored as '{}', which would not give this one "
        "back "
        "as it is",
        assigned->type.name, assigned->codec->info().format);
  }
  if (hooks_.file_of_handle) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto file,
                              hooks_.file_of_handle(storable, scratch_parent()));
    if (file) return CopyIn(context, *file, Value::File(*file, kFileHandleType));
  }
  const ValueKind kind = storable.kind();
  if (kind == ValueKind::kFile || kind == ValueKind::kFolder)
    return CopyIn(context, storable.file_path(), storable);
  ENTREPOT_ASSIGN_OR_RETURN(const auto codec, codecs_.ForValue(storable));
  return Write(context, storable, *codec);
}

Status FileSystemIOManager::KeepFile(OutputContext& context, const FilePath& file,
                                     const Value& value) {
  const Status kept = CopyIn(context, file, value);
  if (!kept) return kept.error().While("storing " + context.Describe());
  return {};
}

Status FileSystemIOManager::Write(OutputContext& context, const Value& storable,
                                  const Codec& codec) {
  const CodecInfo& info = codec.info();
  ENTREPOT_ASSIGN_OR_RETURN(const ValueNames names, NamesFor(context));
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto file, store_.Create(names, info.extension, {.sha256 = info.runs_code}));
  Receipt receipt =
      ReceiptFor(context, fmt::format("{}.{}", names.stem, info.extension), storable);
  receipt.format = info.format;
  receipt.codec_version = info.version;
  ENTREPOT_ASSIGN_OR_RETURN(
      Encoded encoded,
      codec.Encode(storable, {.version = receipt.version, .type = receipt.type},
                   file->stream()));
  receipt.rows = encoded.rows;
  receipt.schema = std::move(encoded.schema);
  ENTREPOT_ASSIGN_OR_RETURN(const Written written, file->written());
  receipt.size_bytes = written.size_bytes;
  receipt.digest = written.digests.xxh3;
  receipt.sha256 = written.digests.sha256;
  if (info.receipt_may_follow) {
    ENTREPOT_RETURN_IF_ERROR(
        WriteTrailingReceipt(ReceiptToAttribute(receipt), file->stream()));
  }
  return Commit(context, std::move(receipt), *file);
}

/// Keeps a file or a folder as the stored form of `value`.
Status FileSystemIOManager::CopyIn(OutputContext& context, const FilePath& source,
                                   const Value& value) {
  ENTREPOT_ASSIGN_OR_RETURN(const ValueNames names, NamesFor(context));
  const std::string kept = StoredExtension(source.path());
  ENTREPOT_ASSIGN_OR_RETURN(
      const CopiedIn copied,
      store_.CopyIn(names, kept.empty() ? AnyFile()->info().extension : kept,
                    std::filesystem::absolute(source.path()).string(),
                    /*may_take=*/source.owner() != nullptr));
  const ValueKind found = copied.is_folder ? ValueKind::kFolder : ValueKind::kFile;
  const bool is_path =
      value.kind() == ValueKind::kFile || value.kind() == ValueKind::kFolder;
  if (is_path && value.kind() != found) {
    return Conflict("'{}' was a {} when it became a value, and is none any more",
                    source.string(), ToString(value.kind()));
  }
  ENTREPOT_ASSIGN_OR_RETURN(const Written written, copied.write->written());
  Receipt receipt = ReceiptFor(context, copied.path, value);
  receipt.format = copied.is_folder ? kFolder : kFile;
  receipt.codec_version = 1;
  receipt.size_bytes = written.size_bytes;
  receipt.digest = written.digests.xxh3;
  receipt.rows = value.num_rows();
  return Commit(context, std::move(receipt), *copied.write);
}

Status FileSystemIOManager::Commit(OutputContext& context, Receipt receipt,
                                   AtomicWrite& write) const {
  ENTREPOT_RETURN_IF_ERROR(write.Commit(ReceiptToAttribute(receipt)));
  const std::string path = store_.base() + "/" + receipt.path;
  context.AddReceipt(std::move(receipt));
  // A manager that delegates to this one may have said where already.
  if (FindMetadata(context.output_metadata(), "path") == nullptr) {
    return context.AddOutputMetadata({{"path", MetadataValue::Path(path)}});
  }
  return {};
}

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
  const bool is_file = found.receipt ? found.receipt->format == kFile : name.is_noted;
  if (is_file) found.codec = AnyFile();
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
    const bool is_path = row.format == kFile || row.format == kFolder;
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
