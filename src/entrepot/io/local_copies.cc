#include "entrepot/io/local_copies.h"

#include <arrow/buffer.h>
#include <arrow/io/file.h>

#include "entrepot/arrow_result.h"

namespace entrepot {
namespace {

constexpr std::int64_t kPartBytes = 1 << 20;

}  // namespace

Result<FilePath> CopyHandle(FileManager& manager, const FileHandle& handle,
                            ScratchFolder& scratch) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto file, manager.Read(handle));
  FilePath copy = scratch.NewFile(StoredExtension(handle.path));
  ENTREPOT_ASSIGN_OR_RETURN(const auto out,
                            arrow::io::FileOutputStream::Open(copy.string()));
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, file->GetSize());
  for (std::int64_t offset = 0; offset < size;) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto part, file->ReadAt(offset, kPartBytes));
    if (part->size() == 0) {
      return Corrupt("'{}' ended at {} of {} bytes while it was copied",
                     handle.path_desc(), offset, size);
    }
    ENTREPOT_RETURN_IF_ERROR(out->Write(part));
    offset += part->size();
  }
  ENTREPOT_RETURN_IF_ERROR(out->Close());
  return copy;
}

Result<std::string> LocalCopies::Add(FileManager& manager, const FileHandle& handle) {
  std::shared_ptr<ScratchFolder> scratch;
  {
    const std::lock_guard lock(mutex_);
    if (!scratch_) {
      ENTREPOT_ASSIGN_OR_RETURN(scratch_, ScratchFolder::Make());
    }
    scratch = scratch_;
  }
  ENTREPOT_ASSIGN_OR_RETURN(const FilePath copy, CopyHandle(manager, handle, *scratch));
  return copy.string();
}

void LocalCopies::Clear() {
  const std::lock_guard lock(mutex_);
  scratch_.reset();
}

}  // namespace entrepot
