#include "entrepot/asset/metadata.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "entrepot/asset/asset_key.h"
#include "entrepot/clock.h"

namespace entrepot {
namespace {

using Kind = MetadataValue::Kind;
using Json = nlohmann::ordered_json;

// In the order of MetadataValue::Kind.
constexpr std::array<std::string_view, 18> kKindNames = {
    "null",  "text",         "int",           "float",    "bool",
    "path",  "url",          "json",          "md",       "timestamp",
    "asset", "run",          "job",           "notebook", "python_artifact",
    "table", "table_schema", "column_lineage"};

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
    case Kind::kTimestamp:
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

double FloatFromJson(const Json& json) {
  return json.is_string() ? std::stod(json.get<std::string>()) : json.get<double>();
}

MetadataValue FromJson(const Json& json) {
  const auto name = json.at("type").get<std::string>();
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) {
    // A kind of a later version is at least readable as text.
    return json.at("value").is_string() ? json.at("value").get<std::string>()
                                        : json.at("value").dump();
  }
  const auto kind = static_cast<Kind>(found - kKindNames.begin());
  switch (kind) {
    case Kind::kNull:
      return {};
    case Kind::kInt:
      return WholeNumber(json.at("value"));
    case Kind::kFloat:
      return FloatFromJson(json.at("value"));
    case Kind::kTimestamp:
      return MetadataValue::Timestamp(FloatFromJson(json.at("value")));
    case Kind::kBool:
      return json.at("value").get<bool>();
    default:
      return MetadataValue::OfText(kind, json.at("value").get<std::string>());
  }
}

/// Whether a clock of microseconds can tell the moment.
bool IsMoment(double seconds) {
  constexpr double kFarthest = 1e11;  // The year 5138, either way from 1970.
  return std::isfinite(seconds) && std::abs(seconds) < kFarthest;
}

}  // namespace

MetadataValue MetadataValue::Timestamp(double seconds) {
  MetadataValue value(seconds);
  value.kind_ = Kind::kTimestamp;
  return value;
}

MetadataValue MetadataValue::Asset(const AssetKey& key) {
  return {Kind::kAsset, key.ToUserString()};
}

MetadataValue MetadataValue::OfText(Kind kind, std::string text) {
  const bool is_of_text = kind != Kind::kNull && kind != Kind::kInt &&
                          kind != Kind::kFloat && kind != Kind::kBool &&
                          kind != Kind::kTimestamp;
  ENTREPOT_CHECK(is_of_text);
  return {kind, std::move(text)};
}

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
    case Kind::kTimestamp:
      return IsMoment(float_value())
                 ? FormatUtc(static_cast<UnixMicros>(float_value() * 1e6))
                 : fmt::format("{}", float_value());
    default:
      return text();
  }
}

Status CheckNames(const Metadata& metadata) {
  for (auto entry = metadata.begin(); entry != metadata.end(); ++entry) {
    const bool is_first = std::none_of(metadata.begin(), entry, [&](const auto& other) {
      return other.first == entry->first;
    });
    if (!is_first) return Invalid("metadata '{}' is given twice", entry->first);
  }
  return {};
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

std::string ToString(const Metadata& metadata) {
  std::vector<std::string> entries;
  for (const auto& [name, value] : metadata)
    entries.push_back(fmt::format("{} = {}", name, value.ToString()));
  return fmt::format("{}", fmt::join(entries, ", "));
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
