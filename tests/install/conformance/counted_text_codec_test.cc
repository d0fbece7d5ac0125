#include <memory>
#include <string>
#include <string_view>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <entrepot/arrow_result.h>
#include <entrepot/entrepot.h>
#include <entrepot/testing/codec_conformance.h>

/// Text behind a line that says how many bytes it has: "5\nhello".
class CountedTextCodec final : public entrepot::Codec {
 public:
  const entrepot::CodecInfo& info() const override {
    static constexpr entrepot::CodecInfo info{.format = "counted_text",
                                              .extension = "ctxt"};
    return info;
  }

  bool Takes(const entrepot::Value& value) const override {
    return value.kind() == entrepot::ValueKind::kText;
  }

  entrepot::Result<entrepot::Encoded> Encode(
      const entrepot::Value& value, const entrepot::FileNotes&,
      arrow::io::OutputStream& out) const override {
    if (!Takes(value)) return entrepot::Invalid("counted text holds text only");
    const std::string& text = value.text();
    ENTREPOT_RETURN_IF_ERROR(out.Write(std::to_string(text.size()) + "\n" + text));
    return entrepot::Encoded{};
  }

  entrepot::Result<entrepot::Decoded> Decode(
      const entrepot::DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(const auto size, request.file->GetSize());
    ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, request.file->ReadAt(0, size));
    const std::string_view file(*bytes);
    const size_t line = file.find('\n');
    if (line == std::string_view::npos) return entrepot::Corrupt("the count is missing");
    const std::string_view text = file.substr(line + 1);
    if (file.substr(0, line) != std::to_string(text.size())) {
      return entrepot::Corrupt("there are {} bytes of text, not {}", text.size(),
                               file.substr(0, line));
    }
    return entrepot::Decoded{entrepot::Value::Text(std::string(text)), {}};
  }
};

const bool registered_codec = [] {
  entrepot::testing::RegisterCodecConformance(
      {.name = "CountedText", .codec = std::make_shared<CountedTextCodec>()});
  return true;
}();
