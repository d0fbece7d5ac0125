#include "entrepot/asset/receipt.h"

#include <unistd.h>

#include <climits>
#include <cstdint>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "entrepot/clock.h"

namespace entrepot {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxAttributeBytes = 1024;

void PutText(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}

/// Returns the whole number in member `name`, from 0 to `greatest`; throws for anything
/// else, which nlohmann would bend into some number.
std::int64_t Count(const Json& json, const char* name, std::uint64_t greatest) {
  const Json& count = json.at(name);
  if (!count.is_number_unsigned() || count.get<std::uint64_t>() > greatest) {
    throw std::range_error(fmt::format("'{}' must be from 0 to {}", name, greatest));
  }
  return count.get<std::int64_t>();
}

Json Portable(const Receipt& receipt) {
  Json json = {{"format", receipt.format},
               {"codec", receipt.codec_version},
               {"kind", receipt.kind}};
  PutText(json, "type", receipt.type);
  json["size"] = receipt.size_bytes;
  PutText(json, "digest", receipt.digest);
  PutText(json, "sha256", receipt.sha256);
  if (receipt.rows) json["rows"] = *receipt.rows;
  PutText(json, "version", receipt.version);
  PutText(json, "run", receipt.run_id);
  return json;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string ReceiptToJson(const Receipt& receipt) {
  Json json = Json::object();
  PutText(json, "base", receipt.base);
  json["path"] = receipt.path;
  json.update(Portable(receipt));
  PutText(json, "schema", receipt.schema);
  return Dump(json);
}

std::string ReceiptToAttribute(const Receipt& receipt) {
  Json json = Portable(receipt);
  std::string text = Dump(json);
  if (text.size() > kMaxAttributeBytes) {  // Only a user's type name can be that long.
    json.erase("type");
    text = Dump(json);
  }
  return text;
}

Result<Receipt> ReceiptFromJson(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Receipt receipt;
    receipt.base = json.value("base", "");
    receipt.path = json.value("path", "");
    receipt.format = json.at("format").get<std::string>();
    if (json.contains("codec"))
      receipt.codec_version = static_cast<int>(Count(json, "codec", INT_MAX));
    receipt.kind = json.value("kind", "");
    receipt.type = json.value("type", "");
    receipt.size_bytes = Count(json, "size", INT64_MAX);
    receipt.digest = json.value("digest", "");
    receipt.sha256 = json.value("sha256", "");
    if (json.contains("rows")) receipt.rows = Count(json, "rows", INT64_MAX);
    receipt.schema = json.value("schema", "");
    receipt.version = json.value("version", "");
    receipt.run_id = json.value("run", "");
    return receipt;
  } catch (const std::exception& e) {
    return Corrupt("not a receipt: {}", e.what());
  }
}

std::string NewVersion() {
  // From the kernel each time: a generator of ours would repeat itself in a forked child.
  std::uint64_t random = 0;
  ENTREPOT_CHECK(getentropy(&random, sizeof random) == 0);
  const auto micros = static_cast<std::uint64_t>(Clock::System().Now());
  const std::uint64_t fraction = (micros % 1000) * 4096 / 1000;
  const std::uint64_t high = ((micros / 1000) << 16) | 0x7000 | fraction;
  const std::uint64_t low = 0x8000'0000'0000'0000 | (random >> 2);
  return fmt::format("{:016x}{:016x}", high, low);
}

}  // namespace entrepot
