#include "entrepot/io/file_system_io_manager.h"

#include <filesystem>

#include <arrow/io/interfaces.h>

#include "entrepot/arrow_result.h"
#include "entrepot/io/context.h"
#include "entrepot/io/stored_value.h"
#include "entrepot/io/trailing_receipt.h"

namespace entrepot {
const FieldList<FileSystemIOManagerOptions>& FileSystemIOManagerFields() {
  using Options = FileSystemIOManagerOptions;
  static const auto fields =
      FieldList<Options>("the filesystem I/O manager")
          .Text("base_dir", &Options::base_dir,
                "Folder of the values; the instance's storage folder by default.")
          .Choice("durability", &Options::durability,
                  {{"full", Durability::kFull}, {"fast", Durability::kFast}},
                  "'full' syncs each value before it counts as stored; 'fast' does not: "
                  "a loss "
                  "of power may then lose or empty the values of the last moments.")
          .Choice("layout", &Options::layout,
                  {{"hive", PathLayout::kHive}, {"plain", PathLayout::kPlain}},
                  "Partitions as folders 'partition=<key>' or as files '<key>'.")
          .Flag("allow_pickle", &Options::allow_pickle,
                "Whether Python objects that fit no other format are pickled, and "
                "pickles read.");
  return fields;
}

Result<std::shared_ptr<FileSystemIOManager>> FileSystemIOManager::Make(
    FileSystemIOManagerOptions options, CodecRegistry codecs, LocalCalls& calls) {
  if (options.base_dir.empty())
    return Invalid("the filesystem I/O manager needs a base_dir");
  options.base_dir =
      std::filesystem::absolute(options.base_dir).lexically_normal().string();
  if (!options.allow_pickle) codecs = codecs.WithoutCode();
  return std::shared_ptr<FileSystemIOManager>(
      new FileSystemIOManager(std::move(options), std::move(codecs), calls));
}

FileSystemIOManager::FileSystemIOManager(FileSystemIOManagerOptions options,
                                         CodecRegistry codecs, LocalCalls& calls)
    : options_(std::move(options)),
      codecs_(std::move(codecs)),
      store_(options_.base_dir,
             {.durable = options_.durability == Durability::kFull, .calls = &calls}) {}

std::optional<IOManagerInfo> FileSystemIOManager::Info() const {
  return IOManagerInfo{.kind = "filesystem",
                       .config = FileSystemIOManagerFields().Write(options_),
                       .is_lossless = true};
}

Result<std::string> FileSystemIOManager::PathFor(const OutputContext& context) const {
  if (!context.asset_key()) {
    return OpOutputPath(context.run_id(), context.step_key(), context.name());
  }
  return AssetPath(*context.asset_key(), context.partition(), options_.layout);
}

Status FileSystemIOManager::HandleOutput(OutputContext& context, const Value& value) {
  const auto store = [&]() -> Status {
    const bool is_foreign = value.kind() == ValueKind::kForeign;
    ENTREPOT_ASSIGN_OR_RETURN(const Value storable, is_foreign
                                                        ? value.foreign()->ToStorable()
                                                        : Result<Value>(value));
    ENTREPOT_ASSIGN_OR_RETURN(const auto codec, codecs_.ForValue(storable));
    return Write(context, storable, *codec);
  };
  const Status stored = store();
  if (!stored) return stored.error().While("storing " + context.Describe());
  return {};
}

Status FileSystemIOManager::Write(OutputContext& context, const Value& storable,
                                  const Codec& codec) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::string stem, PathFor(context));
  const std::string path = fmt::format("{}.{}", stem, codec.info().extension);
  std::vector<std::string> twins;
  for (const auto& other : codecs_.codecs()) {
    if (other.get() != &codec)
      twins.push_back(fmt::format("{}.{}", stem, other->info().extension));
  }
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto file,
      store_.Create(path, {.sha256 = codec.info().runs_code}, std::move(twins)));

  Receipt receipt{.base = context.io_manager_key(),
                  .path = path,
                  .format = std::string(codec.info().format),
                  .codec_version = codec.info().version,
                  .kind = std::string(ToString(storable.kind())),
                  .type = storable.type(),
                  .version = context.version().empty() ? NewVersion() : context.version(),
                  .run_id = context.run_id()};
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
  const std::string attribute = ReceiptToAttribute(receipt);
  if (codec.info().receipt_may_follow) {
    ENTREPOT_RETURN_IF_ERROR(WriteTrailingReceipt(attribute, file->stream()));
  }
  ENTREPOT_RETURN_IF_ERROR(file->Commit(attribute));
  context.AddReceipt(std::move(receipt));
  // A manager that delegates to this one may have said where already.
  if (FindMetadata(context.output_metadata(), "path") == nullptr) {
    return context.AddOutputMetadata(
        {{"path", MetadataValue::Path(store_.base() + "/" + path)}});
  }
  return {};
}

/// A value's file, open, and what is known of it before it is decoded.
struct FileSystemIOManager::Found {
  std::string path;  ///< Absolute.
  std::shared_ptr<const Codec> codec;
  std::unique_ptr<StoredFile> file;
  std::optional<Receipt> receipt;  ///< The file's own.
};

Result<FileSystemIOManager::Found> FileSystemIOManager::OpenAs(const std::string& path,
                                                               const Codec& codec) const {
  ENTREPOT_ASSIGN_OR_RETURN(auto file, store_.Open(path));
  Found found{store_.base() + "/" + path, nullptr, std::move(file), std::nullopt};
  std::string text = found.file->attribute();
  if (text.empty() && codec.info().receipt_may_follow) {
    ENTREPOT_ASSIGN_OR_RETURN(text, ReadTrailingReceipt(*found.file->AsRandomAccess()));
  }
  if (!text.empty()) {
    auto receipt = ReceiptFromJson(text);
    if (!receipt)
      return receipt.error().While(
          fmt::format("reading the receipt on '{}'", found.path));
    found.receipt = *std::move(receipt);
  }
  return found;
}

/// Whether `a` was stored after `b`: by version, or by time where one carries none.
Result<bool> FileSystemIOManager::IsNewer(const Found& a, const Found& b) {
  const bool have_versions = a.receipt && b.receipt && !a.receipt->version.empty() &&
                             !b.receipt->version.empty();
  if (have_versions) return a.receipt->version > b.receipt->version;
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t a_time, a.file->modified());
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t b_time, b.file->modified());
  return a_time > b_time;
}

/// Opens the value's file: of two that a crash left, the one of the newer version.
Result<FileSystemIOManager::Found> FileSystemIOManager::Find(
    const OutputContext& upstream) const {
  ENTREPOT_ASSIGN_OR_RETURN(const std::string stem, PathFor(upstream));
  // A store that changes the format may remove a name between our seeing and opening it,
  // or add one that we had just found missing: so only a second look finds nothing.
  int num_empty_looks = 0;
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::optional<Found> newest;
    bool vanished = false;
    for (const auto& codec : codecs_.codecs()) {
      const std::string path = fmt::format("{}.{}", stem, codec->info().extension);
      ENTREPOT_ASSIGN_OR_RETURN(const bool exists, store_.Exists(path));
      if (!exists) continue;
      auto found = OpenAs(path, *codec);
      if (!found && found.error().code() == ErrorCode::kNotFound) {
        vanished = true;
        continue;
      }
      if (!found) return found.error();
      found->codec = codec;
      bool is_newest = !newest.has_value();
      if (!is_newest) {
        ENTREPOT_ASSIGN_OR_RETURN(is_newest, IsNewer(*found, *newest));
      }
      if (is_newest) newest = *std::move(found);
    }
    if (newest) return *std::move(newest);
    if (!vanished && ++num_empty_looks == 2) break;
  }
  return Missing(upstream, stem);
}

Error FileSystemIOManager::Missing(const OutputContext& upstream,
                                   const std::string& stem) const {
  for (const Receipt& row : upstream.receipts()) {
    if (codecs_.ForFormat(row.format) == nullptr) {
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
  ENTREPOT_ASSIGN_OR_RETURN(const std::string stem, PathFor(output));
  for (int look = 0; look < 2; ++look) {  // As in Find.
    for (const auto& codec : codecs_.codecs()) {
      ENTREPOT_ASSIGN_OR_RETURN(
          const bool exists,
          store_.Exists(fmt::format("{}.{}", stem, codec->info().extension)));
      if (exists) return true;
    }
  }
  return false;
}

Result<Value> FileSystemIOManager::LoadInput(const InputContext& context) {
  const OutputContext& upstream = context.upstream_output();
  auto load = [&]() -> Result<Value> {
    ENTREPOT_ASSIGN_OR_RETURN(Found found, Find(upstream));
    return LoadStoredValue(context,
                           {.path = found.path,
                            .codec = *found.codec,
                            .file = *found.file,
                            .receipt = found.receipt ? &*found.receipt : nullptr});
  };
  auto loaded = load();
  if (!loaded) return loaded.error().While("loading " + upstream.Describe());
  return loaded;
}

}  // namespace entrepot
