#include "entrepot/config/sources.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace entrepot::internal {

/// toml++ 3.3 takes some malformed documents, a table header "[ =" for one, for
/// impossible: where assertions are on it ends the process, and where they are off its
/// behaviour is undefined. Here its assertions are always on, and throw this.
struct UnforeseenToml : std::runtime_error {
  UnforeseenToml() : std::runtime_error("malformed") {}
};

// A function, since some of the assertions are in functions that may not throw.
[[noreturn]] void TomlAssertionFailed() { throw UnforeseenToml(); }

}  // namespace entrepot::internal

#undef NDEBUG
#define TOML_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::entrepot::internal::TomlAssertionFailed())
#define TOML_HEADER_ONLY 1  // So that programs need no further library.
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace entrepot {
namespace {

using Pointer = ConfigTree::Pointer;

/// Turns a parsed document into a tree. One thread at a time.
class TomlReader {
 public:
  explicit TomlReader(const std::string& name) : name_(name) {}

  Result<ConfigTree> Read(const toml::table& document) {
    ENTREPOT_ASSIGN_OR_RETURN(ConfigJson json, ToJson(document, Pointer(), 0));
    ConfigTree tree(std::move(json), name_);
    for (auto& [pointer, source] : sources_) tree.SetSource(pointer, std::move(source));
    return tree;
  }

 private:
  std::string PlaceOf(const toml::node& node) const {
    return fmt::format("{}:{}", name_, node.source().begin.line);
  }

  Result<ConfigJson> ToJson(const toml::node& node, const Pointer& pointer, int depth) {
    if (depth > kMaxConfigDepth)
      return Invalid("{}: nested more than {} deep", PlaceOf(node), kMaxConfigDepth);
    if (depth > 0) sources_.emplace_back(pointer, PlaceOf(node));
    if (const auto* table = node.as_table()) return ToObject(*table, pointer, depth);
    if (const auto* array = node.as_array()) return ToList(*array, pointer, depth);
    return ToScalar(node);
  }

  Result<ConfigJson> ToObject(const toml::table& table, const Pointer& pointer,
                              int depth) {
    ConfigJson json = ConfigJson::object();
    for (const auto& [key, value] : table) {
      const std::string name(key.str());
      ENTREPOT_ASSIGN_OR_RETURN(json[name], ToJson(value, pointer / name, depth + 1));
    }
    return json;
  }

  Result<ConfigJson> ToList(const toml::array& array, const Pointer& pointer, int depth) {
    ConfigJson json = ConfigJson::array();
    for (const toml::node& element : array) {
      ENTREPOT_ASSIGN_OR_RETURN(ConfigJson value,
                                ToJson(element, pointer / json.size(), depth + 1));
      json.push_back(std::move(value));
    }
    return json;
  }

  Result<ConfigJson> ToScalar(const toml::node& node) const {
    if (const auto* text = node.as_string()) return ConfigJson(text->get());
    if (const auto* number = node.as_integer()) return ConfigJson(number->get());
    if (const auto* flag = node.as_boolean()) return ConfigJson(flag->get());
    if (const auto* number = node.as_floating_point()) {
      if (std::isfinite(number->get())) return ConfigJson(number->get());
      return Invalid("{}: a number must be finite", PlaceOf(node));
    }
    std::ostringstream text;  // A date, a time, or both.
    node.visit([&](const auto& value) {
      using Value = std::remove_cvref_t<decltype(value)>;
      if constexpr (toml::is_value<Value>) text << value.get();
    });
    return ConfigJson(text.str());
  }

  const std::string& name_;
  std::vector<std::pair<Pointer, std::string>> sources_;
};

}  // namespace

Result<ConfigTree> ParseToml(std::string_view text, const std::string& name) {
  try {
    return TomlReader(name).Read(toml::parse(text));
  } catch (const toml::parse_error& e) {
    return Invalid("{}:{}: no TOML: {}", name, e.source().begin.line, e.description());
  } catch (const internal::UnforeseenToml& e) {
    return Invalid("{}: no TOML: {}", name, e.what());
  }
}

}  // namespace entrepot
