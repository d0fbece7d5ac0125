#include "entrepot/asset/asset_key.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace entrepot {

Result<AssetKey> AssetKey::Make(std::vector<std::string> parts) {
  if (parts.empty()) return Invalid("an asset key needs at least one part");
  if (std::ranges::any_of(parts, &std::string::empty)) {
    return Invalid("asset key has an empty part: {}", AssetKey(parts).ToString());
  }
  return AssetKey(std::move(parts));
}

Result<AssetKey> AssetKey::Parse(std::string_view text) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      parts.emplace_back();
    } else if (text[i] == '\\') {
      const bool escapes =
          i + 1 < text.size() && (text[i + 1] == '/' || text[i + 1] == '\\');
      if (!escapes) {
        return Invalid(
            "asset key has a '\\' that escapes nothing: '{}'; write it as '\\\\'", text);
      }
      parts.back() += text[++i];
    } else {
      parts.back() += text[i];
    }
  }
  if (std::ranges::any_of(parts, &std::string::empty)) {
    return Invalid("asset key has an empty part: '{}'", text);
  }
  return AssetKey(std::move(parts));
}

std::string AssetKey::ToUserString() const {
  std::string text;
  for (const std::string& part : parts_) {
    if (&part != &parts_.front()) text += '/';
    for (const char c : part) {
      if (c == '/' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

std::string AssetKey::ToString() const {
  using Json = nlohmann::json;
  std::string text = "[";
  for (const std::string& part : parts_) {
    if (&part != &parts_.front()) text += ", ";
    text += Json(part).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return text + "]";
}

}  // namespace entrepot

std::size_t std::hash<entrepot::AssetKey>::operator()(
    const entrepot::AssetKey& key) const noexcept {
  std::size_t seed = key.path().size();
  for (const std::string& part : key.path()) {
    seed = seed * 0x9E3779B97F4A7C15u + std::hash<std::string>{}(part);
  }
  return seed;
}
