#include "entrepot/config/schema.h"

#include <algorithm>
#include <set>

#include "entrepot/config/validate.h"

namespace entrepot {
namespace {

Status CheckNames(std::string_view what, const std::vector<std::string>& names) {
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) return Invalid("{} has '{}' twice", what, name);
  }
  return {};
}

/// Returns the default that a type implies, if any.
std::optional<ConfigJson> ImpliedDefault(const ConfigType& type) {
  if (type.As<NoneableType>() != nullptr) return ConfigJson(nullptr);
  if (const auto* shape = type.As<ShapeType>()) {
    ConfigJson filled = ConfigJson::object();
    for (const auto& [name, field] : shape->fields) {
      if (field.is_required()) return std::nullopt;
      if (field.default_value()) filled[name] = *field.default_value();
    }
    return filled;
  }
  if (const auto* selector = type.As<SelectorType>()) {
    if (selector->fields.size() != 1) return std::nullopt;
    const auto& [name, field] = selector->fields.front();
    if (field.default_value()) return ConfigJson{{name, *field.default_value()}};
  }
  return std::nullopt;
}

std::string Bounds(const ScalarType& type) {
  if (type.at_least && type.at_most)
    return fmt::format(" from {} to {}", *type.at_least, *type.at_most);
  if (type.at_least) return fmt::format(" of at least {}", *type.at_least);
  if (type.at_most) return fmt::format(" of at most {}", *type.at_most);
  return "";
}

std::string Listed(const std::vector<std::string>& names, std::string_view last) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? last : std::string_view(", ");
    text += fmt::format("'{}'", names[i]);
  }
  return text;
}

std::string ScalarName(ScalarKind scalar) {
  switch (scalar) {
    case ScalarKind::kText:
      return "text";
    case ScalarKind::kInt:
      return "an integer";
    case ScalarKind::kFloat:
      return "a number";
    case ScalarKind::kBool:
      return "true or false";
  }
  return "";
}

struct Describer {
  std::string operator()(const ScalarType& type) const {
    std::string text = ScalarName(type.scalar);
    if (!type.unit.empty()) text += fmt::format(" of {}", type.unit);
    text += Bounds(type);
    if (type.takes_env) text += R"( or {"env": NAME})";
    return text;
  }
  std::string operator()(const AnyType&) const { return "anything"; }
  std::string operator()(const EnumType& type) const {
    std::vector<std::string> names;
    for (const EnumChoice& choice : type.choices) names.push_back(choice.name);
    return Listed(names, " or ");
  }
  std::string operator()(const ArrayType& type) const {
    return "a list, each element " + Describe(type.element);
  }
  std::string operator()(const MapType& type) const {
    return "an object of any names, each value " + Describe(type.value);
  }
  std::string operator()(const ShapeType& type) const {
    if (type.fields.empty())
      return type.is_permissive ? "an object" : "an object without fields";
    return fmt::format(
        "an object with the field{} {}{}", type.fields.size() == 1 ? "" : "s",
        Listed(NamesOf(type.fields), ", "), type.is_permissive ? " and others" : "");
  }
  std::string operator()(const NoneableType& type) const {
    return Describe(type.inner) + ", or null";
  }
  std::string operator()(const SelectorType& type) const {
    return fmt::format("an object with exactly one of the fields {}",
                       Listed(NamesOf(type.fields), ", "));
  }
  std::string operator()(const ScalarUnionType& type) const {
    return fmt::format("{}, or {}", Describe(type.scalar), Describe(type.other));
  }
};

struct SecretFinder {
  bool operator()(const ScalarType&) const { return false; }
  bool operator()(const AnyType&) const { return false; }
  bool operator()(const EnumType&) const { return false; }
  bool operator()(const ArrayType& type) const { return HoldsSecret(type.element); }
  bool operator()(const MapType& type) const { return HoldsSecret(type.value); }
  bool operator()(const ShapeType& type) const { return InFields(type.fields); }
  bool operator()(const NoneableType& type) const { return HoldsSecret(type.inner); }
  bool operator()(const SelectorType& type) const { return InFields(type.fields); }
  bool operator()(const ScalarUnionType& type) const {
    return HoldsSecret(type.scalar) || HoldsSecret(type.other);
  }

  static bool InFields(const std::vector<NamedField>& fields) {
    return std::ranges::any_of(fields, [](const NamedField& named) {
      return named.field.is_secret() || HoldsSecret(named.field.type());
    });
  }
};

}  // namespace

ConfigType::ConfigType(ConfigKind kind)
    : kind_(std::make_shared<const ConfigKind>(std::move(kind))) {}

ConfigType ConfigType::Scalar(ScalarKind scalar) {
  return ConfigType(ScalarType{.scalar = scalar});
}

ConfigType ConfigType::Source(ScalarKind scalar) {
  return ConfigType(ScalarType{.scalar = scalar, .takes_env = true});
}

ConfigType ConfigType::Any() { return ConfigType(AnyType()); }

ConfigType ConfigType::Array(ConfigType element) {
  return ConfigType(ArrayType{std::move(element)});
}

ConfigType ConfigType::Map(ConfigType value) {
  return ConfigType(MapType{std::move(value)});
}

ConfigType ConfigType::Noneable(ConfigType inner) {
  return ConfigType(NoneableType{std::move(inner)});
}

Result<ConfigType> ConfigType::Enum(std::string name, std::vector<EnumChoice> choices) {
  if (choices.empty()) return Invalid("enum '{}' has no values", name);
  std::vector<std::string> names;
  for (const EnumChoice& choice : choices) names.push_back(choice.name);
  ENTREPOT_RETURN_IF_ERROR(CheckNames(fmt::format("enum '{}'", name), names));
  return ConfigType(EnumType{std::move(name), std::move(choices)});
}

Result<ConfigType> ConfigType::Shape(std::vector<NamedField> fields) {
  ENTREPOT_RETURN_IF_ERROR(CheckNames("a shape", NamesOf(fields)));
  return ConfigType(ShapeType{.fields = std::move(fields)});
}

Result<ConfigType> ConfigType::Permissive(std::vector<NamedField> fields) {
  ENTREPOT_RETURN_IF_ERROR(CheckNames("a shape", NamesOf(fields)));
  return ConfigType(ShapeType{.fields = std::move(fields), .is_permissive = true});
}

Result<ConfigType> ConfigType::Selector(std::vector<NamedField> fields) {
  if (fields.empty()) return Invalid("a selector has no fields to select from");
  ENTREPOT_RETURN_IF_ERROR(CheckNames("a selector", NamesOf(fields)));
  return ConfigType(SelectorType{std::move(fields)});
}

Result<ConfigType> ConfigType::ScalarUnion(ConfigType scalar, ConfigType other) {
  if (scalar.As<ScalarType>() == nullptr)
    return Invalid("a scalar union begins with a scalar type, not {}", Describe(scalar));
  const bool is_structured = other.As<ShapeType>() || other.As<SelectorType>() ||
                             other.As<ArrayType>() || other.As<MapType>();
  if (!is_structured) {
    return Invalid(
        "the second type of a scalar union is a shape, selector, list or map, "
        "not {}",
        Describe(other));
  }
  return ConfigType(ScalarUnionType{std::move(scalar), std::move(other)});
}

Result<ConfigField> ConfigField::Make(ConfigFieldOptions options) {
  const bool wants_default = !options.is_required.value_or(false);
  if (options.default_value && !wants_default)
    return Invalid("a required field has no default; leave out one of both");
  if (!options.default_value && wants_default)
    options.default_value = ImpliedDefault(options.type);
  options.is_required = options.is_required.value_or(!options.default_value);
  ConfigField field(std::move(options));
  if (field.default_value()) {
    ENTREPOT_ASSIGN_OR_RETURN(
        field.options_.default_value,
        ValidateConfig("the default", field, ConfigTree(*field.default_value(), "code")));
  }
  return field;
}

const ConfigField* FindField(const std::vector<NamedField>& fields,
                             std::string_view name) {
  const auto found = std::ranges::find(fields, name, &NamedField::name);
  return found == fields.end() ? nullptr : &found->field;
}

std::vector<std::string> NamesOf(const std::vector<NamedField>& fields) {
  std::vector<std::string> names;
  for (const NamedField& named : fields) names.push_back(named.name);
  return names;
}

std::string Describe(const ConfigType& type) {
  return std::visit(Describer(), type.kind());
}

bool HoldsSecret(const ConfigType& type) {
  return std::visit(SecretFinder(), type.kind());
}

}  // namespace entrepot
