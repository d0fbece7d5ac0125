// How values are stored; how they are loaded is in file_system_io_manager_load.cc.

#include "entrepot/io/file_system_io_manager.h"

#include <filesystem>

#include <arrow/io/interfaces.h>

#include "entrepot/arrow_result.h"
#include "entrepot/io/context.h"
#include "entrepot/io/file_formats_internal.h"
#include "entrepot/io/local_copies.h"
#include "entrepot/io/trailing_receipt.h"
#include "entrepot/io/value_path_internal.h"

namespace entrepot {
namespace {

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
      store_.CopyIn(names, kept.empty() ? AnyFileCodec()->info().extension : kept,
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
  receipt.format = copied.is_folder ? kFolderFormat : kFileFormat;
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

}  // namespace entrepot
