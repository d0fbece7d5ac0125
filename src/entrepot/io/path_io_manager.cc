#include "entrepot/io/path_io_manager.h"

#include "entrepot/io/context.h"
#include "entrepot/io/partitions.h"
#include "entrepot/user_code.h"
#include "entrepot/value/scratch_folder.h"

namespace entrepot {

Result<std::shared_ptr<PathIOManager>> PathIOManager::Make(PathIOManagerOptions options,
                                                           PathFormat format,
                                                           LocalCalls& calls) {
  if (!format.dump || !format.load)
    return Invalid("a path I/O manager needs functions to dump and to load");
  std::string& extension = format.extension;
  if (extension.starts_with('.')) extension.erase(0, 1);
  if (StoredExtension("value." + extension) != extension) {
    return Invalid(
        "'{}' cannot be the extension of stored files: at most 15 ASCII letters, digits, "
        "'_', '-' and '+', and before one of a compressed file another one",
        extension);
  }
  ENTREPOT_ASSIGN_OR_RETURN(
      auto files, FileSystemIOManager::Make({.base_dir = std::move(options.base_dir),
                                             .durability = options.durability,
                                             .layout = options.layout},
                                            CodecRegistry::WithBuiltins(),
                                            {.path_of = format.path_of}, calls));
  return std::shared_ptr<PathIOManager>(
      new PathIOManager(std::move(files), std::move(format)));
}

PathIOManager::PathIOManager(std::shared_ptr<FileSystemIOManager> files,
                             PathFormat format)
    : files_(std::move(files)), format_(std::move(format)) {}

Status PathIOManager::HandleOutput(OutputContext& context, const Value& value) {
  const auto dumped = Dump(context, value);
  if (!dumped) return dumped.error().While("storing " + context.Describe());
  return files_->KeepFile(context, *dumped, value);
}

/// Lets the user's function write to a temporary on the storage's own filesystem.
Result<FilePath> PathIOManager::Dump(OutputContext& context, const Value& value) const {
  ENTREPOT_ASSIGN_OR_RETURN(const auto scratch,
                            ScratchFolder::Make(files_->scratch_parent()));
  FilePath staged = scratch->NewFile(format_.extension);
  ENTREPOT_RETURN_IF_ERROR(
      CallUserCode([&] { return format_.dump(context, value, staged.path()); }));
  std::error_code failure;
  if (!std::filesystem::exists(staged.path(), failure)) {
    return Invalid(
        "nothing was written to '{}': what dumps a value has to write the path that it "
        "is given",
        staged.string());
  }
  return staged;
}

Result<Value> PathIOManager::LoadInput(const InputContext& context) {
  return LoadPartitions(context,
                        [this](const InputContext& one) { return LoadOne(one); });
}

Result<Value> PathIOManager::LoadOne(const InputContext& context) const {
  ENTREPOT_ASSIGN_OR_RETURN(const Value stored, files_->LoadInput(context));
  if (stored.kind() != ValueKind::kFile && stored.kind() != ValueKind::kFolder) {
    return Conflict("{} was not stored by this manager: it is of kind '{}'",
                    context.Describe(), ToString(stored.kind()));
  }
  auto loaded =
      CallUserCode([&] { return format_.load(context, stored.file_path().path()); });
  if (!loaded) return loaded.error().While("loading " + context.Describe());
  if (loaded->type().empty()) loaded->set_type(stored.type());
  return loaded;
}

Result<bool> PathIOManager::Has(const OutputContext& output) {
  return files_->Has(output);
}

}  // namespace entrepot
