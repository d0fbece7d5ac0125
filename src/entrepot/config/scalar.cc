#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "entrepot/config/scalar_internal.h"

namespace entrepot {
namespace {

bool IsInt64(const ConfigJson& json) {
  if (json.is_number_unsigned()) {
    constexpr auto kMost =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return json.get<std::uint64_t>() <= kMost;
  }
  return json.is_number_integer();
}

bool IsOf(ScalarKind scalar, const ConfigJson& json) {
  switch (scalar) {
    case ScalarKind::kText:
      return json.is_string();
    case ScalarKind::kInt:
      return IsInt64(json);
    case ScalarKind::kFloat:
      return json.is_number();
    case ScalarKind::kBool:
      return json.is_boolean();
  }
  return false;
}

template <typename Number>
std::optional<ConfigJson> ReadNumber(const std::string& text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  if (!std::isfinite(static_cast<double>(number))) return std::nullopt;
  return ConfigJson(number);
}

std::optional<ConfigJson> ReadBool(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  if (text == "true" || text == "1") return ConfigJson(true);
  if (text == "false" || text == "0") return ConfigJson(false);
  return std::nullopt;
}

}  // namespace

std::optional<ConfigJson> AsScalar(const ScalarType& type, const ConfigJson& given) {
  if (!IsOf(type.scalar, given)) return std::nullopt;
  if (!given.is_number()) return given;
  const auto number = given.get<double>();
  // Written so that not-a-number is in no range.
  if (type.at_least && !(number >= *type.at_least)) return std::nullopt;
  if (type.at_most && !(number <= *type.at_most)) return std::nullopt;
  return type.scalar == ScalarKind::kFloat ? ConfigJson(number) : given;
}

std::optional<ConfigJson> ReadScalar(ScalarKind scalar, const std::string& text) {
  switch (scalar) {
    case ScalarKind::kText:
      return ConfigJson(text);
    case ScalarKind::kInt:
      return ReadNumber<std::int64_t>(text);
    case ScalarKind::kFloat:
      return ReadNumber<double>(text);
    case ScalarKind::kBool:
      return ReadBool(text);
  }
  return std::nullopt;
}

std::optional<std::string> ReferenceIn(const ScalarType& type, const ConfigJson& given) {
  if (auto name = EnvReferenceName(given)) return name;
  if (!type.takes_env || !given.is_object() || given.size() != 1) return std::nullopt;
  const auto env = given.find("env");
  if (env == given.end() || !env->is_string()) return std::nullopt;
  return env->get<std::string>();
}

}  // namespace entrepot
