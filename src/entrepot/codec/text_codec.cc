/// \file entrepot/codec/text_codec.cc
/// Text: the file is the UTF-8, without a mark before or a line feed after it.

#include "entrepot/codec/text_codec.h"

#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/utf8.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/watched_file_internal.h"

namespace entrepot {
namespace {

bool IsUtf8(std::string_view text) {
  arrow::util::InitializeUTF8();
  return arrow::util::ValidateUTF8(text);
}

class TextCodec final : public Codec {
 public:
  const CodecInfo& info() const override { return info_; }

  bool Takes(const Value& value) const override {
    return value.kind() == ValueKind::kText;
  }

  Result<Encoded> Encode(const Value& value, const FileNotes& /*notes*/,
                         arrow::io::OutputStream& out) const override {
    if (!Takes(value))
      return Invalid("text files hold text, not '{}'", ToString(value.kind()));
    if (!IsUtf8(value.text())) return Invalid("the text is not UTF-8; store it as bytes");
    ENTREPOT_RETURN_IF_ERROR(out.Write(value.text()));
    return Encoded{};
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, ReadWhole(*request.file));
    if (!IsUtf8(std::string_view(*bytes))) return Corrupt("the file is not UTF-8 text");
    return Decoded{.value = Value::Text(bytes->ToString()), .notes = {}};
  }

 private:
  const CodecInfo info_ = {.format = "text", .extension = "txt"};
};

}  // namespace

std::shared_ptr<const Codec> MakeTextCodec() { return std::make_shared<TextCodec>(); }

}  // namespace entrepot
