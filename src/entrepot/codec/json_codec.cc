/// \file entrepot/codec/json_codec.cc
/// JSON values: the file is the value's text, without anything added.

#include "entrepot/codec/json_codec.h"

#include <utility>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/watched_file_internal.h"

namespace entrepot {
namespace {

constexpr size_t kShownBytes = 40;  // Of a value, in messages.

/// Whether `text` is a JSON document that every reader takes: nlohmann would skip a
/// byte-order mark, at which Python's stops.
bool IsJson(std::string_view text) {
  return !text.starts_with("\xEF\xBB\xBF") && nlohmann::json::accept(text);
}

class JsonCodec final : public Codec {
 public:
  const CodecInfo& info() const override { return info_; }

  bool Takes(const Value& value) const override {
    return value.kind() == ValueKind::kJson;
  }

  Result<Encoded> Encode(const Value& value, const FileNotes& /*notes*/,
                         arrow::io::OutputStream& out) const override {
    if (!Takes(value))
      return Invalid("JSON files hold JSON, not '{}'", ToString(value.kind()));
    if (!IsJson(value.json())) {
      return Invalid("the value is not JSON: '{}'", value.json().substr(0, kShownBytes));
    }
    ENTREPOT_RETURN_IF_ERROR(out.Write(value.json()));
    return Encoded{};
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, ReadWhole(*request.file));
    std::string text = bytes->ToString();
    if (!IsJson(text)) return Corrupt("the file is not JSON");
    return Decoded{.value = Value::Json(std::move(text)), .notes = {}};
  }

 private:
  const CodecInfo info_ = {.format = "json", .extension = "json"};
};

}  // namespace

std::shared_ptr<const Codec> MakeJsonCodec() { return std::make_shared<JsonCodec>(); }

}  // namespace entrepot
