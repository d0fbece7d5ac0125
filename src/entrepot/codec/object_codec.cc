/// \file entrepot/codec/object_codec.cc
/// Objects of C++ types: the file is what the type's own function makes of one.

#include "entrepot/codec/object_codec.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/watched_file_internal.h"
#include "entrepot/user_code.h"

namespace entrepot::internal {
namespace {

class ObjectCodec final : public Codec {
 public:
  explicit ObjectCodec(ErasedFormat format)
      : format_(std::move(format)),
        info_{.format = format_.format,
              .extension = format_.extension,
              .version = format_.version} {}

  const CodecInfo& info() const override { return info_; }

  bool Takes(const Value& value) const override { return format_.takes(value); }

  Result<Encoded> Encode(const Value& value, const FileNotes& /*notes*/,
                         arrow::io::OutputStream& out) const override {
    if (!Takes(value)) {
      return Invalid("format '{}' does not hold values of kind '{}' (type '{}')",
                     info_.format, ToString(value.kind()), value.type());
    }
    const auto bytes = CallUserCode([&] { return format_.encode(value); });
    if (!bytes) return bytes.error();
    ENTREPOT_RETURN_IF_ERROR(out.Write(*bytes));
    return Encoded{};
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, ReadWhole(*request.file));
    auto value = CallUserCode([&] { return format_.decode(std::string_view(*bytes)); });
    if (!value) return value.error();
    return Decoded{.value = *std::move(value), .notes = {}};
  }

 private:
  const ErasedFormat format_;
  const CodecInfo info_;  // Refers to format_.
};

}  // namespace

std::shared_ptr<const Codec> MakeErasedCodec(ErasedFormat format) {
  return std::make_shared<ObjectCodec>(std::move(format));
}

}  // namespace entrepot::internal
