#pragma once

/// \file entrepot/config/config_json.h
/// What a configuration is made of: JSON whose objects keep the order of their fields,
/// with two more kinds of leaf. Both are nlohmann's binary values, which no JSON or TOML
/// text can yield, so neither is ever mistaken for something a user wrote.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "entrepot/result.h"

namespace entrepot {

using ConfigJson = nlohmann::ordered_json;

/// How deep lists and objects may be nested in a configuration.
inline constexpr int kMaxConfigDepth = 100;

/// Looks up an environment variable; nullopt where it is not set. Injected, so that the
/// core itself never reads the environment.
using EnvironmentLookup =
    std::function<std::optional<std::string>(const std::string& name)>;

/// What the text of a variable becomes where no field says it.
enum class EnvForm { kText, kInt };

/// Returns a leaf that stands for the value of an environment variable, read when the
/// configuration is resolved. Every scalar type takes it; below Any it becomes what
/// `form` says.
ConfigJson EnvReference(std::string_view name, EnvForm form = EnvForm::kText);

/// Returns the variable's name where `json` is an EnvReference.
std::optional<std::string> EnvReferenceName(const ConfigJson& json);

/// Returns the form of an EnvReference.
EnvForm EnvReferenceForm(const ConfigJson& json);

/// An object that only the host language understands (a function, a client). Only Any
/// takes it, unchanged.
struct ForeignLeaf {
  std::uint64_t handle = 0;  ///< Meaningful to the host language only; not owned.
  std::string type;          ///< For messages: "function".
};

ConfigJson ToConfigJson(const ForeignLeaf& leaf);

/// Returns the leaf where `json` is one.
std::optional<ForeignLeaf> AsForeignLeaf(const ConfigJson& json);

/// Parses JSON text.
///
/// Errors: kInvalid  no JSON (says where), nested deeper than kMaxConfigDepth, or a field
/// twice in one object
Result<ConfigJson> ParseConfigJson(std::string_view text);

/// Returns plain JSON to look at: references as {"env": NAME}, foreign objects as
/// "<type>".
ConfigJson Printable(const ConfigJson& json);

/// Returns the value in one line for messages, cut where it is long.
std::string ShownInMessage(const ConfigJson& json);

}  // namespace entrepot
