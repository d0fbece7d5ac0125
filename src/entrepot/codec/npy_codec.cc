/// \file entrepot/codec/npy_codec.cc
/// numpy's .npy format for tensors: a header (npy_header_internal.cc), then the elements
/// in memory order, and nothing after them. The header ends at a multiple of 64, so the
/// elements of a mapped file are aligned for every type.

#include "entrepot/codec/npy_codec.h"

#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <fmt/ranges.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/npy_header_internal.h"
#include "entrepot/codec/watched_file_internal.h"

namespace entrepot {
namespace {

Result<std::shared_ptr<arrow::Buffer>> ReadRange(arrow::io::RandomAccessFile& file,
                                                 std::int64_t begin, std::int64_t end) {
  if (begin == end) return std::make_shared<arrow::Buffer>(nullptr, 0);
  // A slice that the reader makes of a writable map would be read-only.
  if (const auto* memory = dynamic_cast<arrow::io::BufferReader*>(&file)) {
    const auto whole = memory->buffer();
    if (whole && whole->is_mutable() && end <= whole->size()) {
      return arrow::SliceMutableBuffer(whole, begin, end - begin);
    }
  }
  ENTREPOT_ASSIGN_OR_RETURN(auto buffer, file.ReadAt(begin, end - begin));
  if (buffer->size() != end - begin) {
    return Corrupt("the .npy file ended {} bytes too early",
                   end - begin - buffer->size());
  }
  return buffer;
}

Result<NpyHeaderExtent> FindHeader(arrow::io::RandomAccessFile& file,
                                   std::int64_t file_bytes) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto prefix,
                            ReadRange(file, 0, std::min(file_bytes, kNpyPrefixBytes)));
  ENTREPOT_ASSIGN_OR_RETURN(const NpyHeaderExtent extent,
                            ReadNpyPrefix(std::string_view(*prefix)));
  if (extent.text_end > file_bytes)
    return Corrupt("the .npy file ends within its header");
  return extent;
}

class NpyCodec final : public Codec {
 public:
  const CodecInfo& info() const override { return info_; }

  bool Takes(const Value& value) const override {
    return value.kind() == ValueKind::kTensor;
  }

  Result<Encoded> Encode(const Value& value, const FileNotes& /*notes*/,
                         arrow::io::OutputStream& out) const override {
    if (!Takes(value))
      return Invalid(".npy files hold tensors, not '{}'", ToString(value.kind()));
    const Tensor& tensor = value.tensor();
    ENTREPOT_RETURN_IF_ERROR(out.Write(WriteNpyHeader(
        {.type = tensor.type(), .shape = tensor.shape(), .order = tensor.order()})));
    if (tensor.data()->size() > 0) ENTREPOT_RETURN_IF_ERROR(out.Write(tensor.data()));
    return Encoded{.rows = std::nullopt,
                   .schema = fmt::format("{} [{}]", tensor.type().ToString(),
                                         fmt::join(tensor.shape(), ", "))};
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t file_bytes, request.file->GetSize());
    ENTREPOT_ASSIGN_OR_RETURN(const NpyHeaderExtent extent,
                              FindHeader(*request.file, file_bytes));
    ENTREPOT_ASSIGN_OR_RETURN(
        const auto text, ReadRange(*request.file, extent.text_begin, extent.text_end));
    ENTREPOT_ASSIGN_OR_RETURN(NpyHeader header, ReadNpyHeader(std::string_view(*text)));
    ENTREPOT_ASSIGN_OR_RETURN(auto data,
                              ReadRange(*request.file, extent.text_end, file_bytes));
    auto tensor = Tensor::Make(std::move(header.type), std::move(header.shape),
                               header.order, std::move(data));
    if (!tensor) return Corrupt("the .npy file is damaged: {}", tensor.error().message());
    return Decoded{.value = Value::Tensor(*std::move(tensor)), .notes = {}};
  }

 private:
  const CodecInfo info_ = {.format = "npy", .extension = "npy", .maps = true};
};

}  // namespace

std::shared_ptr<const Codec> MakeNpyCodec() { return std::make_shared<NpyCodec>(); }

}  // namespace entrepot
