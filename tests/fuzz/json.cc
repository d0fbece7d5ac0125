// JSON: what the codec takes comes back byte for byte, and as the same document from our
// writer; what is no JSON is neither read nor written.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <nlohmann/json.hpp>

#include "entrepot/codec/json_codec.h"
#include "entrepot/value/traits.h"
#include "fuzz_input.h"

namespace entrepot::fuzzing {
namespace {

Result<Decoded> Read(const Codec& codec, std::string text) {
  return codec.Decode({.file = arrow::io::BufferReader::FromString(std::move(text))});
}

/// Returns the file of a value, or nullopt where the codec refuses it.
std::optional<std::string> Write(const Codec& codec, const Value& value) {
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto encoded = codec.Encode(value, {}, *out);
  if (!encoded) {
    FUZZ_CHECK(encoded.error().code() == ErrorCode::kInvalid);
    return std::nullopt;
  }
  return out->Finish().ValueOrDie()->ToString();
}

void CheckText(const std::string& text) {
  const auto codec = MakeJsonCodec();
  const auto decoded = Read(*codec, text);
  const auto written = Write(*codec, Value::Json(text));
  FUZZ_CHECK(decoded.has_value() == written.has_value());
  if (!decoded) {
    FUZZ_CHECK(decoded.error().code() == ErrorCode::kCorrupt);
    return;
  }
  FUZZ_CHECK(decoded->value.json() == text);
  FUZZ_CHECK(*written == text);

  // As C++ programs read and write it.
  const auto document = FromValue<nlohmann::json>(decoded->value);
  FUZZ_CHECK(document.has_value());
  const auto value = ToValue(*document);
  FUZZ_CHECK(value.has_value());
  const auto file = Write(*codec, *value);
  FUZZ_CHECK(file.has_value());
  FUZZ_CHECK(FromValue<nlohmann::json>(Read(*codec, *file).value().value).value() ==
             *document);
}

}  // namespace
}  // namespace entrepot::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  entrepot::fuzzing::CheckText(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
