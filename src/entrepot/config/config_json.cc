#include "entrepot/config/config_json.h"

#include <set>
#include <vector>

namespace entrepot {
namespace {

using Bytes = ConfigJson::binary_t::container_type;

std::string TextOf(const ConfigJson::binary_t& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// Watches a text while it is parsed, for what JSON's grammar lets pass. One thread at a
/// time.
class ParseWatch {
 public:
  /// Returns whether to keep what was parsed: nothing after the first fault.
  bool See(int depth, ConfigJson::parse_event_t event, const ConfigJson& parsed) {
    using Event = ConfigJson::parse_event_t;
    if (!fault_.empty()) return false;
    const bool opens = event == Event::object_start || event == Event::array_start;
    if (opens && depth >= kMaxConfigDepth)
      fault_ = fmt::format("nested more than {} deep", kMaxConfigDepth);
    if (event == Event::object_start) names_.emplace_back();
    if (event == Event::object_end) names_.pop_back();
    if (event == Event::key) SeeName(parsed.get<std::string>());
    return fault_.empty();
  }

  const std::string& fault() const { return fault_; }

 private:
  void SeeName(const std::string& name) {
    if (!names_.back().insert(name).second)
      fault_ = fmt::format("field '{}' is there twice", name);
  }

  std::string fault_;
  std::vector<std::set<std::string>> names_;  // Of the objects that are open.
};

}  // namespace

// The bytes of a reference are its form and its name; only a foreign leaf has a subtype.
ConfigJson EnvReference(std::string_view name, EnvForm form) {
  Bytes bytes = {static_cast<std::uint8_t>(form)};
  bytes.insert(bytes.end(), name.begin(), name.end());
  return ConfigJson::binary(std::move(bytes));
}

std::optional<std::string> EnvReferenceName(const ConfigJson& json) {
  if (!json.is_binary() || json.get_binary().has_subtype()) return std::nullopt;
  return TextOf(json.get_binary()).substr(1);
}

EnvForm EnvReferenceForm(const ConfigJson& json) {
  return static_cast<EnvForm>(json.get_binary().front());
}

ConfigJson ToConfigJson(const ForeignLeaf& leaf) {
  return ConfigJson::binary(Bytes(leaf.type.begin(), leaf.type.end()), leaf.handle);
}

std::optional<ForeignLeaf> AsForeignLeaf(const ConfigJson& json) {
  if (!json.is_binary() || !json.get_binary().has_subtype()) return std::nullopt;
  const ConfigJson::binary_t& bytes = json.get_binary();
  return ForeignLeaf{.handle = bytes.subtype(), .type = TextOf(bytes)};
}

Result<ConfigJson> ParseConfigJson(std::string_view text) {
  ParseWatch watch;
  try {
    ConfigJson json = ConfigJson::parse(
        text, [&](int depth, ConfigJson::parse_event_t event, const ConfigJson& parsed) {
          return watch.See(depth, event, parsed);
        });
    if (!watch.fault().empty()) return Invalid("{}", watch.fault());
    return json;
  } catch (const ConfigJson::exception& e) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    std::string_view what = e.what();
    if (const size_t end = what.find("] "); end != std::string_view::npos)
      what.remove_prefix(end + 2);
    // What it quotes of the text may be a secret.
    what = what.substr(0, what.find("; last read"));
    return Invalid("no JSON: {}", what);
  }
}

ConfigJson Printable(const ConfigJson& json) {
  if (const auto name = EnvReferenceName(json)) return {{"env", *name}};
  if (const auto leaf = AsForeignLeaf(json)) return fmt::format("<{}>", leaf->type);
  if (!json.is_structured()) return json;
  ConfigJson printable = json;
  for (ConfigJson& element : printable) element = Printable(element);
  return printable;
}

std::string ShownInMessage(const ConfigJson& json) {
  constexpr size_t kLongest = 80;  // Bytes.
  if (const auto leaf = AsForeignLeaf(json))
    return fmt::format("an object of type '{}'", leaf->type);
  std::string text =
      Printable(json).dump(-1, ' ', false, ConfigJson::error_handler_t::replace);
  if (text.size() <= kLongest) return text;
  size_t end = kLongest;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;  // Between characters.
  return text.substr(0, end) + "…";
}

}  // namespace entrepot
