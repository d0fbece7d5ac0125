/// \file entrepot/codec/file_codec.cc
/// Files: the stored file is the value's, byte for byte.

#include "entrepot/codec/file_codec.h"

#include <algorithm>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/file.h>

#include "entrepot/arrow_result.h"
#include "entrepot/value/scratch_folder.h"

namespace entrepot {
namespace {

constexpr std::int64_t kPartBytes = 1 << 20;

Status Copy(arrow::io::RandomAccessFile& from, arrow::io::OutputStream& to) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, from.GetSize());
  for (std::int64_t offset = 0; offset < size;) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto part,
                              from.ReadAt(offset, std::min(kPartBytes, size - offset)));
    if (part->size() == 0)
      return Corrupt("the file ended at {} of {} bytes", offset, size);
    ENTREPOT_RETURN_IF_ERROR(to.Write(part));
    offset += part->size();
  }
  return {};
}

Result<FilePath> TemporaryCopy(arrow::io::RandomAccessFile& file) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto scratch, ScratchFolder::Make());
  FilePath copy = scratch->NewFile();
  ENTREPOT_ASSIGN_OR_RETURN(const auto out,
                            arrow::io::FileOutputStream::Open(copy.string()));
  ENTREPOT_RETURN_IF_ERROR(Copy(file, *out));
  ENTREPOT_RETURN_IF_ERROR(out->Close());
  return copy;
}

class FileCodec final : public Codec {
 public:
  const CodecInfo& info() const override { return info_; }

  bool Takes(const Value& value) const override {
    return value.kind() == ValueKind::kFile;
  }

  Result<Encoded> Encode(const Value& value, const FileNotes& /*notes*/,
                         arrow::io::OutputStream& out) const override {
    if (!Takes(value)) {
      return Invalid("only a file can be kept as a file, not '{}'",
                     ToString(value.kind()));
    }
    ENTREPOT_ASSIGN_OR_RETURN(const auto file,
                              arrow::io::ReadableFile::Open(value.file_path().string()));
    ENTREPOT_RETURN_IF_ERROR(Copy(*file, out));
    return Encoded{};
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    if (!request.path.empty()) {
      return Decoded{.value = Value::File(FilePath(request.path)), .notes = {}};
    }
    ENTREPOT_ASSIGN_OR_RETURN(FilePath copy, TemporaryCopy(*request.file));
    return Decoded{.value = Value::File(std::move(copy)), .notes = {}};
  }

 private:
  const CodecInfo info_ = {.format = "file", .extension = "file", .maps = true};
};

}  // namespace

std::shared_ptr<const Codec> MakeFileCodec() { return std::make_shared<FileCodec>(); }

}  // namespace entrepot
