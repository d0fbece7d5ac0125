#pragma once

/// \file entrepot/config/declared_config.h
/// What a step or a resource declares of its configuration, and what it gets of it.

#include <any>
#include <functional>
#include <memory>
#include <string_view>
#include <typeinfo>

#include "entrepot/config/fields.h"

namespace entrepot {

/// A configuration as whoever declared it reads it; null: there is none.
using ReadConfig = std::shared_ptr<const std::any>;

/// A configuration that somebody takes: its fields, and what becomes of their values.
/// Concurrent const use only.
struct DeclaredConfig {
  ConfigField schema;

  /// What the program itself gives; what a run is given is laid over it.
  ConfigTree given{};

  /// Makes what ConfigAs gives. `given` is what somebody gave, without defaults.
  std::function<Result<std::any>(const ConfigValue& value, const ConfigTree& given)> read;
};

/// Tells whether somebody gave a field of an object, or the whole of it as one text.
inline bool IsGiven(const ConfigTree& given, const std::string& field) {
  return given.is_given() && (!given.json().is_object() || given.json().contains(field));
}

/// Declares the fields of an options struct.
template <Configurable Options>
std::shared_ptr<const DeclaredConfig> DeclareConfig() {
  const FieldList<Options>& fields = Options::Fields();
  return std::make_shared<const DeclaredConfig>(DeclaredConfig{
      .schema = fields.schema(),
      .read = [&fields](const ConfigValue& value, const ConfigTree&) -> Result<std::any> {
        return std::any(fields.ReadValue(value));
      }});
}

/// Returns the configuration of `owner`. Throws ErrorException where it declared another
/// type, or none: a fault of the program.
template <typename Options>
const Options& ConfigAs(const ReadConfig& config, std::string_view owner) {
  const auto* options = config ? std::any_cast<Options>(config.get()) : nullptr;
  if (options != nullptr) return *options;
  throw ErrorException(
      Invalid("{} asks for a configuration {}", owner,
              config ? "of another type than it declares" : "and declares none"));
}

}  // namespace entrepot
