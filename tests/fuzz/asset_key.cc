// Asset keys as users write them: what Parse takes is what ToUserString writes.
#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

#include "entrepot/asset/asset_key.h"
#include "fuzz_input.h"

namespace entrepot::fuzzing {
namespace {

void CheckKey(const AssetKey& key) {
  FUZZ_CHECK(!key.path().empty());
  FUZZ_CHECK(std::ranges::none_of(key.path(), &std::string::empty));
  const auto again = AssetKey::Parse(key.ToUserString());
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(*again == key);
  FUZZ_CHECK(std::hash<AssetKey>{}(*again) == std::hash<AssetKey>{}(key));
  const auto list = nlohmann::json::parse(key.ToString());
  FUZZ_CHECK(list.is_array() && list.size() == key.path().size());
}

void CheckText(const std::string& text) {
  const auto key = AssetKey::Parse(text);
  if (key) {
    FUZZ_CHECK(key->ToUserString() == text);  // One spelling per key.
    CheckKey(*key);
  } else {
    FUZZ_CHECK(key.error().code() == ErrorCode::kInvalid);
    FUZZ_CHECK(key.error().message().find(text) != std::string::npos);
  }
}

void CheckParts(const std::vector<std::string>& parts) {
  const auto key = AssetKey::Make(parts);
  FUZZ_CHECK(key.has_value() == std::ranges::none_of(parts, &std::string::empty));
  if (!key) return;
  FUZZ_CHECK(key->path() == parts);
  CheckKey(*key);
}

}  // namespace
}  // namespace entrepot::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace entrepot::fuzzing;
  CheckText(std::string(reinterpret_cast<const char*>(data), size));
  FuzzInput input(data, size);
  CheckParts(TakePlace(input).parts);
  return 0;
}
