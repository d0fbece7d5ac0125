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
    ENTREPOT_RETURN_IF_ERROR(out.Write(value.json()));
    return Encoded{};
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, ReadWhole(*request.file));
    std::string text = bytes->ToString();
    if (!nlohmann::json::accept(text)) return Corrupt("the file is not JSON");
    return Decoded{.value = Value::Json(std::move(text)), .notes = {}};
  }

 private:
  const CodecInfo info_ = {.format = "json", .extension = "json"};
};

}  // namespace

std::shared_ptr<const Codec> MakeJsonCodec() { return std::make_shared<JsonCodec>(); }

}  // namespace entrepot
