/// \file entrepot/codec/bytes_codec.cc
/// Bytes: the file is the value.

#include "entrepot/codec/bytes_codec.h"

#include <utility>

#include <arrow/buffer.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/watched_file_internal.h"

namespace entrepot {
namespace {

class BytesCodec final : public Codec {
 public:
  const CodecInfo& info() const override { return info_; }

  bool Takes(const Value& value) const override {
    return value.kind() == ValueKind::kBytes;
  }

  Result<Encoded> Encode(const Value& value, const FileNotes& /*notes*/,
                         arrow::io::OutputStream& out) const override {
    if (!Takes(value)) {
      return Invalid("files of bytes hold bytes, not '{}'", ToString(value.kind()));
    }
    if (value.bytes()->size() > 0) ENTREPOT_RETURN_IF_ERROR(out.Write(value.bytes()));
    return Encoded{};
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(auto bytes, ReadWhole(*request.file));
    return Decoded{.value = Value::Bytes(std::move(bytes)), .notes = {}};
  }

 private:
  const CodecInfo info_ = {.format = "bytes", .extension = "bin"};
};

}  // namespace

std::shared_ptr<const Codec> MakeBytesCodec() { return std::make_shared<BytesCodec>(); }

}  // namespace entrepot
