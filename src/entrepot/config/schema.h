#pragma once

/// \file entrepot/config/schema.h
/// What a configuration may be: types as immutable data. validate.h checks values against
/// them, describe.h prints them, FieldList (fields.h) makes them from C++ types.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "entrepot/config/config_json.h"
#include "entrepot/result.h"

namespace entrepot {

struct ConfigKind;
struct NamedField;
struct EnumChoice;

enum class ScalarKind { kText, kInt, kFloat, kBool };

/// A type of configuration: a shared, immutable ConfigKind. Concurrent const use only.
class ConfigType {
 public:
  explicit ConfigType(ConfigKind kind);

  static ConfigType Scalar(ScalarKind scalar);

  /// A scalar, or {"env": NAME}: the variable's value, read when the configuration is
  /// resolved.
  static ConfigType Source(ScalarKind scalar);

  static ConfigType Any();
  static ConfigType Array(ConfigType element);
  static ConfigType Map(ConfigType value);
  static ConfigType Noneable(ConfigType inner);

  /// Errors (of all below): kInvalid  a name twice; nothing to choose from; a union whose
  /// first type is no scalar or whose second could be taken for one
  static Result<ConfigType> Enum(std::string name, std::vector<EnumChoice> choices);
  static Result<ConfigType> Shape(std::vector<NamedField> fields);
  static Result<ConfigType> Permissive(std::vector<NamedField> fields);
  static Result<ConfigType> Selector(std::vector<NamedField> fields);
  static Result<ConfigType> ScalarUnion(ConfigType scalar, ConfigType other);

  const ConfigKind& kind() const { return *kind_; }

  /// Returns the alternative of the kind, or null: `type.As<ShapeType>()`.
  template <typename Alternative>
  const Alternative* As() const;

 private:
  std::shared_ptr<const ConfigKind> kind_;
};

struct ConfigFieldOptions {
  ConfigType type;
  std::string description = {};
  std::optional<ConfigJson> default_value = {};
  /// Unset: required unless there is a default.
  std::optional<bool> is_required = {};
  bool is_secret = false;  ///< Its value never appears in messages or Redacted().
};

/// A place for a value: its type and what holds where none is given. Concurrent const use
/// only.
class ConfigField {
 public:
  /// Errors: kInvalid  a default that its type refuses; a default of a required field
  static Result<ConfigField> Make(ConfigFieldOptions options);

  const ConfigType& type() const { return options_.type; }
  const std::string& description() const { return options_.description; }
  bool is_required() const { return *options_.is_required; }
  bool is_secret() const { return options_.is_secret; }

  /// Returns the default, filled in: the one given, else what the type implies (null of a
  /// Noneable, all defaults of a shape without required fields); nullopt where there is
  /// none, and an optional field stays away.
  const std::optional<ConfigJson>& default_value() const {
    return options_.default_value;
  }

 private:
  explicit ConfigField(ConfigFieldOptions options) : options_(std::move(options)) {}

  ConfigFieldOptions options_;
};

struct NamedField {
  std::string name;
  ConfigField field;
};

/// Text, an integer of 64 bits, a number (integers become one), true or false. An integer
/// is never a boolean.
struct ScalarType {
  ScalarKind scalar;
  bool takes_env = false;            ///< Also {"env": NAME}.
  std::optional<double> at_least{};  ///< Of numbers; exact up to 2^53.
  std::optional<double> at_most{};
  std::string unit{};  ///< For messages: "seconds".
};

/// Whatever is given, foreign objects included.
struct AnyType {};

struct EnumChoice {
  std::string name;
  std::string description = {};
  /// What the name becomes when the configuration is resolved; unset: itself.
  std::optional<ConfigJson> value = {};
};

struct EnumType {
  std::string name;
  std::vector<EnumChoice> choices;
};

struct ArrayType {
  ConfigType element;
};

/// An object of any names.
struct MapType {
  ConfigType value;
};

/// An object of known fields; with `is_permissive` also of others, which are not checked.
struct ShapeType {
  std::vector<NamedField> fields;
  bool is_permissive = false;
};

/// null, or `inner`.
struct NoneableType {
  ConfigType inner;
};

/// An object of exactly one of the fields.
struct SelectorType {
  std::vector<NamedField> fields;
};

/// `scalar` where a scalar is given, else `other`.
struct ScalarUnionType {
  ConfigType scalar;
  ConfigType other;
};

/// The closed set of types.
struct ConfigKind : std::variant<ScalarType, AnyType, EnumType, ArrayType, MapType,
                                 ShapeType, NoneableType, SelectorType, ScalarUnionType> {
  using variant::variant;
};

template <typename Alternative>
const Alternative* ConfigType::As() const {
  return std::get_if<Alternative>(kind_.get());
}

/// Returns the field of that name, or null.
const ConfigField* FindField(const std::vector<NamedField>& fields,
                             std::string_view name);

std::vector<std::string> NamesOf(const std::vector<NamedField>& fields);

/// Returns what a value of the type is, in words: "a list, each element an integer".
std::string Describe(const ConfigType& type);

/// Tells whether a value of the type may hold a secret field.
bool HoldsSecret(const ConfigType& type);

}  // namespace entrepot
