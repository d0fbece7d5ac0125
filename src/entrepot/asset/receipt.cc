#include "entrepot/asset/receipt.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "entrepot/clock.h"

namespace entrepot {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxAttributeBytes = 1024;

void PutText(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
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

struct TextMember {
  std::string_view name;
  std::string Receipt::* text;
};

constexpr std::array kTextMembers = std::to_array<TextMember>({
    {"base", &Receipt::base},
    {"path", &Receipt::path},
    {"format", &Receipt::format},
    {"kind", &Receipt::kind},
    {"type", &Receipt::type},
    {"digest", &Receipt::digest},
    {"sha256", &Receipt::sha256},
    {"schema", &Receipt::schema},
    {"version", &Receipt::version},
    {"run", &Receipt::run_id},
});

/// Reads a receipt without making a document of it: a page of history has hundreds.
class ReceiptReader final : public nlohmann::json_sax<Json> {
 public:
  Result<Receipt> Read(std::string_view json) {
    if (Json::sax_parse(json, this) && has_format_ && has_size_) return receipt_;
    return Corrupt("not a receipt: {}",
                   reason_.empty() ? "no format or no size" : reason_);
  }

  bool key(string_t& name) override {
    if (depth_ == 1) member_ = name;
    return true;
  }
  bool string(string_t& text) override {
    const auto found = std::ranges::find(kTextMembers, member_, &TextMember::name);
    if (depth_ != 1 || found == kTextMembers.end()) return Other();
    receipt_.*found->text = std::move(text);
    has_format_ = has_format_ || member_ == "format";
    return true;
  }
  bool number_unsigned(number_unsigned_t count) override {
    if (depth_ != 1 || !IsCount()) return Other();
    const std::uint64_t greatest = member_ == "codec" ? INT_MAX : INT64_MAX;
    if (count > greatest) return Refuse("is too large");
    if (member_ == "codec") receipt_.codec_version = static_cast<int>(count);
    if (member_ == "size") receipt_.size_bytes = static_cast<std::int64_t>(count);
    if (member_ == "rows") receipt_.rows = static_cast<std::int64_t>(count);
    has_size_ = has_size_ || member_ == "size";
    return true;
  }
  bool null() override { return Other(); }
  bool boolean(bool) override { return Other(); }
  bool number_integer(number_integer_t) override { return Other(); }
  bool number_float(number_float_t, const string_t&) override { return Other(); }
  bool binary(binary_t&) override { return Other(); }
  bool start_object(size_t) override { return (depth_ == 0 || Other()) && ++depth_; }
  bool end_object() override { return depth_-- > 0; }
  bool start_array(size_t) override { return Other() && ++depth_; }
  bool end_array() override { return depth_-- > 0; }
  bool parse_error(size_t, const std::string&, const Json::exception& error) override {
    reason_ = error.what();
    return false;
  }

 private:
  bool IsCount() const {
    return member_ == "codec" || member_ == "size" || member_ == "rows";
  }

  /// Takes what no member of ours can be; unknown members may be anything.
  bool Other() {
    if (depth_ == 0) return Refuse("is no object");
    const bool known =
        std::ranges::find(kTextMembers, member_, &TextMember::name) != kTextMembers.end();
    return depth_ > 1 || (!known && !IsCount()) || Refuse("has a value of another kind");
  }

  bool Refuse(std::string_view why) {
    reason_ =
        depth_ == 0 ? fmt::format("it {}", why) : fmt::format("'{}' {}", member_, why);
    return false;
  }

  Receipt receipt_;
  int depth_ = 0;
  std::string member_;  // At depth 1.
  bool has_format_ = false;
  bool has_size_ = false;
  std::string reason_;
};

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

Result<Receipt> ReceiptFromJson(std::string_view json) {
  return ReceiptReader().Read(json);
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
