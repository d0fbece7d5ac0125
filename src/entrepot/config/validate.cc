#include "entrepot/config/validate.h"

#include "entrepot/config/place_internal.h"
#include "entrepot/config/scalar_internal.h"
#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

using Place = ConfigPlace;

/// Returns what a text whose type is not decided says to a scalar: a reference as JSON,
/// or a value; the text itself where it says nothing.
ConfigJson ReadAs(const ScalarType& scalar, const std::string& text) {
  if (text.starts_with('{')) {
    if (auto json = ParseConfigJson(text); json && ReferenceIn(scalar, *json))
      return *std::move(json);
  }
  return ReadScalar(scalar.scalar, text).value_or(ConfigJson(text));
}

/// The same of any type.
ConfigJson ReadAs(const ConfigType& type, const std::string& text) {
  if (const auto* scalar = type.As<ScalarType>()) return ReadAs(*scalar, text);
  if (type.As<EnumType>() != nullptr) return text;
  if (const auto* noneable = type.As<NoneableType>())
    return text == "null" ? ConfigJson() : ReadAs(noneable->inner, text);
  const auto* either = type.As<ScalarUnionType>();
  const bool is_structured =
      either == nullptr || text.starts_with('{') || text.starts_with('[');
  if (!is_structured) return ReadAs(either->scalar, text);
  auto json = ParseConfigJson(text);
  return json ? *std::move(json) : ConfigJson(text);
}

/// Walks a configuration along its schema. One thread at a time.
class Validator {
 public:
  explicit Validator(const ConfigTree& tree) : tree_(tree) {}

  ConfigJson Check(const ConfigType& type, const ConfigJson& given, const Place& place) {
    if (given.is_string() && tree_.IsText(place.pointer))
      return CheckTyped(type, ReadAs(type, given.get<std::string>()), place);
    return CheckTyped(type, given, place);
  }

  const ConfigFaults& faults() const { return faults_; }

 private:
  ConfigJson CheckTyped(const ConfigType& type, const ConfigJson& given,
                        const Place& place) {
    return std::visit(
        [&](const auto& kind) { return CheckKind(kind, type, given, place); },
        type.kind());
  }

  ConfigJson CheckKind(const ScalarType& scalar, const ConfigType& type,
                       const ConfigJson& given, const Place& place) {
    if (const auto name = ReferenceIn(scalar, given); name && !name->empty())
      return given;
    if (auto value = AsScalar(scalar, given)) return *std::move(value);
    return Wrong(type, given, place);
  }

  ConfigJson CheckKind(const AnyType&, const ConfigType&, const ConfigJson& given,
                       const Place&) {
    return given;
  }

  ConfigJson CheckKind(const EnumType& choices, const ConfigType& type,
                       const ConfigJson& given, const Place& place) {
    std::vector<std::string> names;
    for (const EnumChoice& choice : choices.choices) {
      if (given == choice.name) return given;
      names.push_back(choice.name);
    }
    const bool may_be_near = given.is_string() && !place.is_secret;
    const bool is_near =
        may_be_near && !NearestNames(given.get<std::string>(), names).empty();
    return Wrong(type, given, place,
                 is_near ? DidYouMean(given.get<std::string>(), names) : "");
  }

  ConfigJson CheckKind(const ArrayType& array, const ConfigType& type,
                       const ConfigJson& given, const Place& place) {
    if (!given.is_array()) return Wrong(type, given, place);
    ConfigJson checked = ConfigJson::array();
    for (size_t i = 0; i < given.size(); ++i)
      checked.push_back(Check(array.element, given[i], place.Element(i)));
    return checked;
  }

  ConfigJson CheckKind(const MapType& map, const ConfigType& type,
                       const ConfigJson& given, const Place& place) {
    if (!given.is_object()) return Wrong(type, given, place);
    ConfigJson checked = ConfigJson::object();
    for (const auto& [name, value] : given.items())
      checked[name] = Check(map.value, value, place.Key(name));
    return checked;
  }

  ConfigJson CheckKind(const ShapeType& shape, const ConfigType& type,
                       const ConfigJson& given, const Place& place) {
    if (!given.is_object()) return Wrong(type, given, place);
    ConfigJson checked = ConfigJson::object();
    for (const NamedField& named : shape.fields) CheckField(named, given, place, checked);
    for (const auto& [name, value] : given.items()) {
      if (FindField(shape.fields, name) != nullptr) continue;
      if (shape.is_permissive) {
        checked[name] = value;
      } else {
        NoSuchField(name, shape.fields, place);
      }
    }
    return checked;
  }

  void CheckField(const NamedField& named, const ConfigJson& given, const Place& place,
                  ConfigJson& checked) {
    const auto& [name, field] = named;
    const Place inner = place.Field(name, field.is_secret());
    if (const auto value = given.find(name); value != given.end()) {
      checked[name] = Check(field.type(), *value, inner);
    } else if (field.default_value()) {
      checked[name] = *field.default_value();
    } else if (field.is_required()) {
      Missing(field, inner);
    }
  }

  ConfigJson CheckKind(const NoneableType& noneable, const ConfigType& type,
                       const ConfigJson& given, const Place& place) {
    if (given.is_null()) return given;
    // What is wrong inside a list or an object is said there; else null is an option too.
    if (given.is_structured()) return CheckTyped(noneable.inner, given, place);
    Validator inner(tree_);
    ConfigJson checked = inner.CheckTyped(noneable.inner, given, place);
    return inner.faults_.empty() ? checked : Wrong(type, given, place);
  }

  ConfigJson CheckKind(const SelectorType& selector, const ConfigType& type,
                       const ConfigJson& given, const Place& place) {
    if (!given.is_object()) return Wrong(type, given, place);
    if (given.empty()) return CheckNothingSelected(selector, place);
    if (given.size() > 1) {
      std::string names;
      for (const auto& [name, value] : given.items())
        names += fmt::format("{}'{}'", names.empty() ? "" : ", ", name);
      faults_.Add(fmt::format("{} must be {}; given are {}{}", place.label,
                              Describe(type), names, From(place)));
      return nullptr;
    }
    const auto only = given.begin();
    const std::string& name = only.key();
    const ConfigField* field = FindField(selector.fields, name);
    if (field == nullptr) return NoSuchField(name, selector.fields, place);
    ConfigJson checked = ConfigJson::object();
    checked[name] =
        Check(field->type(), only.value(), place.Field(name, field->is_secret()));
    return checked;
  }

  ConfigJson CheckNothingSelected(const SelectorType& selector, const Place& place) {
    const auto& [name, field] = selector.fields.front();
    if (selector.fields.size() == 1 && field.default_value())
      return {{name, *field.default_value()}};
    faults_.Add(fmt::format("{} must have one of its fields{}{}", place.label,
                            From(place), DidYouMean("", NamesOf(selector.fields))));
    return nullptr;
  }

  ConfigJson CheckKind(const ScalarUnionType& either, const ConfigType& type,
                       const ConfigJson& given, const Place& place) {
    const auto& scalar = *either.scalar.As<ScalarType>();
    if (const auto name = ReferenceIn(scalar, given); name && !name->empty())
      return given;
    if (given.is_structured()) return CheckTyped(either.other, given, place);
    if (auto value = AsScalar(scalar, given)) return *std::move(value);
    return Wrong(type, given, place);
  }

  ConfigJson Wrong(const ConfigType& type, const ConfigJson& given, const Place& place,
                   std::string_view hint = "") {
    const bool is_hidden = place.is_secret || HoldsSecret(type);
    faults_.Add(fmt::format("{} must be {}, not {}{}{}", place.label, Describe(type),
                            is_hidden ? "'***'" : ShownInMessage(given), From(place),
                            hint));
    return nullptr;
  }

  ConfigJson NoSuchField(const std::string& name, const std::vector<NamedField>& fields,
                         const Place& place) {
    const Place inner = place.Field(name, true);
    faults_.Add(fmt::format("{} is not a field{}{}", inner.label, From(inner),
                            DidYouMean(name, NamesOf(fields))));
    return nullptr;
  }

  void Missing(const ConfigField& field, const Place& place) {
    const std::string& description = field.description();
    faults_.Add(fmt::format("{} is missing; it must be {}{}", place.label,
                            Describe(field.type()),
                            description.empty() ? "" : " (" + description + ")"));
  }

  /// Returns " (from settings.toml:4)".
  std::string From(const Place& place) const {
    const std::string_view source = tree_.SourceOf(place.pointer);
    return source.empty() ? "" : fmt::format(" (from {})", source);
  }

  const ConfigTree& tree_;
  ConfigFaults faults_;
};

/// Returns what a field gets that nobody gave a value.
ConfigJson Absent(const ConfigField& field) {
  return field.default_value().value_or(ConfigJson());
}

}  // namespace

Result<ConfigJson> ValidateConfig(std::string_view owner, const ConfigField& field,
                                  const ConfigTree& given) {
  if (!given.is_given() && !field.is_required()) return Absent(field);
  // Without a value, a shape tells which fields it misses.
  static const ConfigTree kNoFields(ConfigJson::object(), "");
  const bool is_shape = field.type().As<ShapeType>() != nullptr;
  if (!given.is_given() && !is_shape) {
    return Invalid("config of {} is missing; it must be {}", owner,
                   Describe(field.type()));
  }
  const ConfigTree& tree = given.is_given() ? given : kNoFields;
  Validator validator(tree);
  ConfigJson checked =
      validator.Check(field.type(), tree.json(), Place{.is_secret = field.is_secret()});
  if (!validator.faults().empty()) return validator.faults().ToError(owner);
  return checked;
}

}  // namespace entrepot
