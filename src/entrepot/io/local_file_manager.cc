#include "entrepot/io/local_file_manager.h"

#include <filesystem>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "entrepot/arrow_result.h"
#include "entrepot/asset/receipt.h"

namespace entrepot {
namespace {

constexpr std::int64_t kPartBytes = 1 << 20;

/// Returns ".vtk" for "vtk" and ".vtk", "" for "".
Result<std::string> WithDot(std::string_view extension) {
  if (extension.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos) {
    return Invalid("'{}' is not an extension of a file's name", extension);
  }
  const bool has_dot = extension.empty() || extension.front() == '.';
  return fmt::format("{}{}", has_dot ? "" : ".", extension == "." ? "" : extension);
}

}  // namespace

const FieldList<LocalFileManagerOptions>& LocalFileManagerFields() {
  using Options = LocalFileManagerOptions;
  static const auto fields =
      FieldList<Options>("the local file manager")
          .Field("base_dir", &Options::base_dir,
                 "Folder of the files; the instance's storage folder by default.")
          .Choice("durability", &Options::durability,
                  {{"full", Durability::kFull}, {"fast", Durability::kFast}},
                  "'full' syncs each file before it counts as kept; 'fast' does not: a "
                  "loss of power may then lose or empty the files of the last moments.");
  return fields;
}

Result<std::shared_ptr<LocalFileManager>> LocalFileManager::Make(
    LocalFileManagerOptions options, LocalCalls& calls) {
  if (options.base_dir.empty()) return Invalid("the local file manager needs a base_dir");
  options.base_dir =
      std::filesystem::absolute(options.base_dir).lexically_normal().string();
  return std::shared_ptr<LocalFileManager>(new LocalFileManager(options, calls));
}

LocalFileManager::LocalFileManager(const LocalFileManagerOptions& options,
                                   LocalCalls& calls)
    : store_(options.base_dir,
             {.durable = options.durability == Durability::kFull, .calls = &calls}),
      root_("", {.calls = &calls}) {}

Result<FileHandle> LocalFileManager::Write(arrow::io::InputStream& bytes,
                                           std::string_view extension) {
  const auto write = [&]() -> Result<FileHandle> {
    ENTREPOT_ASSIGN_OR_RETURN(const std::string dotted, WithDot(extension));
    const std::string name = NewVersion() + dotted;
    ENTREPOT_ASSIGN_OR_RETURN(const auto file, store_.Create(name));
    for (;;) {
      ENTREPOT_ASSIGN_OR_RETURN(const auto part, bytes.Read(kPartBytes));
      if (part->size() == 0) break;
      ENTREPOT_RETURN_IF_ERROR(file->stream().Write(part));
    }
    ENTREPOT_RETURN_IF_ERROR(file->Commit(""));
    return FileHandle{.kind = kLocalFileKind, .path = store_.base() + "/" + name};
  };
  auto handle = write();
  if (handle) return handle;
  return handle.error().While(
      fmt::format("writing a file of the file manager at '{}'", store_.base()));
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> LocalFileManager::Read(
    const FileHandle& handle) {
  if (handle.kind != kLocalFileKind) {
    return Invalid(
        "the local file manager at '{}' reads local files only, and '{}' is one of a "
        "file manager of kind '{}'",
        store_.base(), handle.path_desc(), handle.kind);
  }
  const std::string path = std::filesystem::absolute(handle.path).string();
  auto file = root_.Open(path.substr(1));
  if (file) return (*file)->AsRandomAccess();
  if (file.error().code() != ErrorCode::kNotFound) return file.error();
  return NotFound(
      "the handle '{}' names nothing: there is no such file (asked of the file manager "
      "at "
      "'{}')",
      handle.path_desc(), store_.base());
}

Result<std::string> LocalFileManager::CopyHandleToLocalTemp(const FileHandle& handle) {
  return copies_.Add(*this, handle);
}

Status LocalFileManager::DeleteLocalTemp() {
  copies_.Clear();
  return {};
}

}  // namespace entrepot
