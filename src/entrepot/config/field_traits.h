#pragma once

/// \file entrepot/config/field_traits.h
/// How members of options structs are read and written: text, bool, integers, doubles,
/// durations (a number of seconds), secrets, and optionals, vectors and maps of these and
/// of other options structs. Specialise ConfigTraits for a type of your own.

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <ratio>
#include <string>
#include <vector>

#include "entrepot/config/schema.h"
#include "entrepot/config/secret.h"

namespace entrepot {

/// What a field asks of its value beyond the type of its member.
struct FieldRules {
  std::optional<double> at_least{};  ///< Of numbers; of a duration in seconds.
  std::optional<double> at_most{};
  bool is_required = false;  ///< The member's initial value is no default.
};

/// A value of a configuration that was validated and resolved. Borrows both.
struct ConfigValue {
  const ConfigJson& written;   ///< With references to the environment.
  const ConfigJson& resolved;  ///< What they stand for.

  template <typename Key>
  ConfigValue At(const Key& key) const {
    return {written.at(key), resolved.at(key)};
  }
};

/// For each type of member: its schema, how it is read (what was validated cannot fail),
/// and how it is written; nullopt where it must not be.
template <typename T>
struct ConfigTraits;

template <typename Options>
class FieldList;

/// An options struct that names its fields: what members and `step.config<T>()` may be.
template <typename T>
concept Configurable = requires {
  { T::Fields() } -> std::same_as<const FieldList<T>&>;
};

/// Whether a member holds a secret.
template <typename T>
inline constexpr bool kIsSecret = false;
template <>
inline constexpr bool kIsSecret<Secret> = true;
template <typename T>
inline constexpr bool kIsSecret<std::optional<T>> = kIsSecret<T>;
template <typename T>
inline constexpr bool kIsSecret<std::vector<T>> = kIsSecret<T>;
template <typename T>
inline constexpr bool kIsSecret<std::map<std::string, T>> = kIsSecret<T>;

template <>
struct ConfigTraits<std::string> {
  static ConfigType Type(const FieldRules&) {
    return ConfigType::Scalar(ScalarKind::kText);
  }
  static std::string Read(const ConfigValue& value) {
    return value.resolved.get<std::string>();
  }
  static std::optional<ConfigJson> Write(const std::string& text) { return text; }
};

template <>
struct ConfigTraits<Secret> {
  static ConfigType Type(const FieldRules&) {
    return ConfigType::Source(ScalarKind::kText);
  }
  static Secret Read(const ConfigValue& value) {
    std::string variable = EnvReferenceName(value.written).value_or("");
    if (value.written.is_object()) variable = value.written.at("env").get<std::string>();
    return Secret(value.resolved.get<std::string>(), std::move(variable));
  }
  static std::optional<ConfigJson> Write(const Secret& secret) {
    if (secret.variable().empty()) return std::nullopt;
    return ConfigJson{{"env", secret.variable()}};
  }
};

template <>
struct ConfigTraits<bool> {
  static ConfigType Type(const FieldRules&) {
    return ConfigType::Scalar(ScalarKind::kBool);
  }
  static bool Read(const ConfigValue& value) { return value.resolved.get<bool>(); }
  static std::optional<ConfigJson> Write(bool flag) { return flag; }
};

/// Integers within the range of their type; of 64 bits, those below 2^63.
template <std::integral T>
struct ConfigTraits<T> {
  static ConfigType Type(const FieldRules& rules) {
    ScalarType type{
        .scalar = ScalarKind::kInt, .at_least = rules.at_least, .at_most = rules.at_most};
    if constexpr (std::unsigned_integral<T>)
      type.at_least = std::max(0.0, rules.at_least.value_or(0.0));
    if constexpr (sizeof(T) < sizeof(std::int64_t)) {
      using Limits = std::numeric_limits<T>;
      const double least = Limits::min();
      const double most = Limits::max();
      type.at_least = std::max(least, rules.at_least.value_or(least));
      type.at_most = std::min(most, rules.at_most.value_or(most));
    }
    return ConfigType(type);
  }
  static T Read(const ConfigValue& value) { return value.resolved.get<T>(); }
  static std::optional<ConfigJson> Write(T number) { return number; }
};

/// Finite numbers.
template <std::floating_point T>
struct ConfigTraits<T> {
  static ConfigType Type(const FieldRules& rules) {
    return ConfigType(ScalarType{.scalar = ScalarKind::kFloat,
                                 .at_least = rules.at_least,
                                 .at_most = rules.at_most});
  }
  static T Read(const ConfigValue& value) { return value.resolved.get<T>(); }
  static std::optional<ConfigJson> Write(T number) { return number; }
};

/// A number of seconds (a whole one where the member counts those), from 0 to a thousand
/// million (32 years, which every duration of 64 bits can hold) unless the rules say
/// otherwise.
template <typename Rep, typename Period>
struct ConfigTraits<std::chrono::duration<Rep, Period>> {
  using Duration = std::chrono::duration<Rep, Period>;
  using Seconds = std::chrono::duration<double>;
  static_assert(sizeof(Rep) >= sizeof(std::int64_t));
  static_assert(std::ratio_less_equal_v<Period, std::ratio<1>>,
                "minutes and hours cannot hold every number of seconds");
  static constexpr bool kIsWhole =
      std::integral<Rep> && std::ratio_equal_v<Period, std::ratio<1>>;

  static ConfigType Type(const FieldRules& rules) {
    return ConfigType(
        ScalarType{.scalar = kIsWhole ? ScalarKind::kInt : ScalarKind::kFloat,
                   .at_least = rules.at_least.value_or(0.0),
                   .at_most = rules.at_most.value_or(1e9),
                   .unit = "seconds"});
  }
  static Duration Read(const ConfigValue& value) {
    const Seconds seconds(value.resolved.get<double>());
    if constexpr (std::floating_point<Rep>) {
      return seconds;
    } else {
      return std::chrono::round<Duration>(seconds);
    }
  }
  static std::optional<ConfigJson> Write(Duration duration) {
    if constexpr (kIsWhole) {
      return duration.count();
    } else {
      return Seconds(duration).count();
    }
  }
};

template <typename T>
struct ConfigTraits<std::optional<T>> {
  static ConfigType Type(const FieldRules& rules) {
    return ConfigType::Noneable(ConfigTraits<T>::Type(rules));
  }
  static std::optional<T> Read(const ConfigValue& value) {
    if (value.written.is_null()) return std::nullopt;
    return ConfigTraits<T>::Read(value);
  }
  static std::optional<ConfigJson> Write(const std::optional<T>& value) {
    return value ? ConfigTraits<T>::Write(*value) : ConfigJson();
  }
};

/// Rules are those of the elements.
template <typename T>
struct ConfigTraits<std::vector<T>> {
  static ConfigType Type(const FieldRules& rules) {
    return ConfigType::Array(ConfigTraits<T>::Type(rules));
  }
  static std::vector<T> Read(const ConfigValue& value) {
    std::vector<T> elements;
    for (size_t i = 0; i < value.resolved.size(); ++i)
      elements.push_back(ConfigTraits<T>::Read(value.At(i)));
    return elements;
  }
  static std::optional<ConfigJson> Write(const std::vector<T>& elements) {
    ConfigJson json = ConfigJson::array();
    for (const T& element : elements) {
      auto written = ConfigTraits<T>::Write(element);
      if (!written) return std::nullopt;  // One secret hides the list.
      json.push_back(*std::move(written));
    }
    return json;
  }
};

/// Rules are those of the values.
template <typename T>
struct ConfigTraits<std::map<std::string, T>> {
  static ConfigType Type(const FieldRules& rules) {
    return ConfigType::Map(ConfigTraits<T>::Type(rules));
  }
  static std::map<std::string, T> Read(const ConfigValue& value) {
    std::map<std::string, T> elements;
    for (const auto& [name, unused] : value.resolved.items())
      elements.emplace(name, ConfigTraits<T>::Read(value.At(name)));
    return elements;
  }
  static std::optional<ConfigJson> Write(const std::map<std::string, T>& elements) {
    ConfigJson json = ConfigJson::object();
    for (const auto& [name, element] : elements) {
      auto written = ConfigTraits<T>::Write(element);
      if (!written) return std::nullopt;
      json[name] = *std::move(written);
    }
    return json;
  }
};

/// An options struct within another.
template <Configurable T>
struct ConfigTraits<T> {
  static ConfigType Type(const FieldRules&) { return T::Fields().schema().type(); }
  static T Read(const ConfigValue& value) { return T::Fields().ReadValue(value); }
  static std::optional<ConfigJson> Write(const T& options) {
    return T::Fields().WriteJson(options);
  }
};

}  // namespace entrepot
