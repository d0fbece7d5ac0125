#include "entrepot/io/file_manager.h"

#include <arrow/buffer.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>

#include "entrepot/arrow_result.h"

namespace entrepot {

Result<FileHandle> WriteData(FileManager& manager, std::string_view bytes,
                             std::string_view extension) {
  arrow::io::BufferReader reader(std::make_shared<arrow::Buffer>(bytes));
  return manager.Write(reader, extension);
}

Result<FileHandle> CopyIn(FileManager& manager, const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return NotFound("there is no file '{}' to keep", path.string());
  }
  if (status.type() != std::filesystem::file_type::regular) {
    return Invalid("'{}' is not a file, and only files can be kept", path.string());
  }
  ENTREPOT_ASSIGN_OR_RETURN(const auto file,
                            arrow::io::ReadableFile::Open(path.string()));
  return manager.Write(*file, StoredExtension(path));
}

Result<std::shared_ptr<arrow::Buffer>> ReadData(FileManager& manager,
                                                const FileHandle& handle) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto file, manager.Read(handle));
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, file->GetSize());
  ENTREPOT_ASSIGN_OR_RETURN(auto bytes, file->ReadAt(0, size));
  if (bytes->size() == size) return bytes;
  return Corrupt("'{}' shrank from {} to {} bytes while it was read", handle.path_desc(),
                 size, bytes->size());
}

}  // namespace entrepot
