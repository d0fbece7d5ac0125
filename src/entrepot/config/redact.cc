#include "entrepot/config/scalar_internal.h"
#include "entrepot/config/validate.h"

namespace entrepot {
namespace {

constexpr std::string_view kHidden = "***";

ConfigJson Shown(const ConfigType& type, const ConfigJson& json);

/// Returns the fields as they may be seen; what is no known field is not checked, nor
/// secret.
ConfigJson ShownFields(const std::vector<NamedField>& fields, const ConfigJson& json) {
  ConfigJson shown = ConfigJson::object();
  for (const auto& [name, value] : json.items()) {
    const ConfigField* field = FindField(fields, name);
    shown[name] = field != nullptr ? Redacted(*field, value) : Printable(value);
  }
  return shown;
}

ConfigJson ShownElements(const ConfigType& type, const ConfigJson& json) {
  ConfigJson shown = json;
  for (ConfigJson& element : shown) element = Shown(type, element);
  return shown;
}

/// Shows a value of the type, of which some part is secret.
ConfigJson ShownInPart(const ConfigType& type, const ConfigJson& json) {
  if (json.is_null()) return json;
  if (const auto* noneable = type.As<NoneableType>()) return Shown(noneable->inner, json);
  if (const auto* either = type.As<ScalarUnionType>())
    return Shown(json.is_structured() ? either->other : either->scalar, json);
  if (const auto* array = type.As<ArrayType>(); array != nullptr && json.is_array())
    return ShownElements(array->element, json);
  if (!json.is_object()) return kHidden;  // Not of the type: anything may be in it.
  if (const auto* map = type.As<MapType>()) return ShownElements(map->value, json);
  if (const auto* shape = type.As<ShapeType>()) return ShownFields(shape->fields, json);
  if (const auto* selector = type.As<SelectorType>())
    return ShownFields(selector->fields, json);
  return kHidden;
}

ConfigJson Shown(const ConfigType& type, const ConfigJson& json) {
  return HoldsSecret(type) ? ShownInPart(type, json) : Printable(json);
}

}  // namespace

ConfigJson Redacted(const ConfigField& field, const ConfigJson& validated) {
  if (!field.is_secret()) return Shown(field.type(), validated);
  if (validated.is_null()) return validated;
  const auto* scalar = field.type().As<ScalarType>();
  const bool is_reference = scalar != nullptr && ReferenceIn(*scalar, validated);
  return is_reference ? Printable(validated) : ConfigJson(kHidden);
}

}  // namespace entrepot
