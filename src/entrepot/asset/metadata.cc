#include "entrepot/asset/metadata.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace entrepot {
namespace {

using Kind = MetadataValue::Kind;
using Json = nlohmann::ordered_json;

// In the order of MetadataValue::Kind.
constexpr std::array<std::string_view, 9> kKindNames = {
    "null", "text", "int", "float", "bool", "path", "url", "json", "md"};

Json FloatToJson(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

Json ToJson(const MetadataValue& value) {
  Json json = {{"type", kKindNames[static_cast<size_t>(value.kind())]}};
  switch (value.kind()) {
    case Kind::kNull:
      break;
    case Kind::kInt:
      json["value"] = value.int_value();
      break;
    case Kind::kFloat:
      json["value"] = FloatToJson(value.float_value());
      break;
    case Kind::kBool:
      json["value"] = value.bool_value();
      break;
    default:
      json["value"] = value.text();
  }
  return json;
}

/// Returns the whole number `json`; throws for anything else, which nlohmann would bend
/// into some number.
std::int64_t WholeNumber(const Json& json) {
  const bool fits = json.is_number_integer() && (!json.is_number_unsigned() ||
                                                 json.get<std::uint64_t>() <= INT64_MAX);
  if (!fits) throw std::range_error("not a whole number of 64 bits");
  return json.get<std::int64_t>();
}

MetadataValue FromJson(const Json& json) {
  const auto name = json.at("type").get<std::string>();
  const auto found = std::ranges::find(kKindNames, name);
  const auto kind = static_cast<Kind>(found - kKindNames.begin());
  switch (kind) {
    case Kind::kNull:
      return {};
    case Kind::kInt:
      return WholeNumber(json.at("value"));
    case Kind::kFloat:
      if (json.at("value").is_string())
        return std::stod(json.at("value").get<std::string>());
      return json.at("value").get<double>();
    case Kind::kBool:
      return json.at("value").get<bool>();
    case Kind::kPath:
      return MetadataValue::Path(json.at("value").get<std::string>());
    case Kind::kUrl:
      return MetadataValue::Url(json.at("value").get<std::string>());
    case Kind::kJson:
      return MetadataValue::Json(json.at("value").get<std::string>());
    case Kind::kMarkdown:
      return MetadataValue::Markdown(json.at("value").get<std::string>());
    default:  // Text, and kinds of a later version, which are at least readable as text.
      return json.at("value").is_string() ? json.at("value").get<std::string>()
                                          : json.at("value").dump();
  }
}

}  // namespace

std::string MetadataValue::ToString() const {
  switch (kind_) {
    case Kind::kNull:
      return "null";
    case Kind::kInt:
      return fmt::format("{}", int_value());
    case Kind::kFloat:
      return fmt::format("{}", float_value());
    case Kind::kBool:
      return bool_value() ? "true" : "false";
    default:
      return text();
  }
}

const MetadataValue* FindMetadata(const Metadata& metadata, std::string_view name) {
  const auto found =
      std::ranges::find(metadata, name, [](const auto& entry) { return entry.first; });
  return found == metadata.end() ? nullptr : &found->second;
}

void SetMetadata(Metadata& metadata, std::string name, MetadataValue value) {
  const auto found =
      std::ranges::find(metadata, name, [](const auto& entry) { return entry.first; });
  if (found != metadata.end()) {
    found->second = std::move(value);
  } else {
    metadata.emplace_back(std::move(name), std::move(value));
  }
}

std::string MetadataToJson(const Metadata& metadata) {
  if (metadata.empty()) return "{}";
  Json json = Json::object();
  for (const auto& [name, value] : metadata) json[name] = ToJson(value);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Metadata> MetadataFromJson(std::string_view json) {
  Metadata metadata;
  if (json == "{}") return metadata;
  try {
    const Json entries = Json::parse(json);
    if (!entries.is_object()) return Corrupt("not metadata: not an object");
    for (const auto& [name, value] : entries.items()) {
      metadata.emplace_back(name, FromJson(value));
    }
  } catch (const std::exception& e) {
    return Corrupt("not metadata: {}", e.what());
  }
  return metadata;
}

}  // namespace entrepot
