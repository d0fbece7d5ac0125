#include "entrepot/config/place_internal.h"
#include "entrepot/config/scalar_internal.h"
#include "entrepot/config/validate.h"

namespace entrepot {
namespace {

using Place = ConfigPlace;

/// Replaces what a validated configuration refers to. One thread at a time.
class Resolver {
 public:
  explicit Resolver(const EnvironmentLookup& environment) : environment_(environment) {}

  /// Leaves what does not fit its type as it is: checking is the validator's.
  ConfigJson Resolve(const ConfigType& type, const ConfigJson& json, const Place& place) {
    return std::visit([&](const auto& kind) { return ResolveKind(kind, json, place); },
                      type.kind());
  }

  const ConfigFaults& faults() const { return faults_; }

 private:
  ConfigJson ResolveKind(const ScalarType& type, const ConfigJson& json,
                         const Place& place) {
    const auto name = ReferenceIn(type, json);
    return name ? Look(type, *name, place) : json;
  }

  ConfigJson ResolveKind(const AnyType&, const ConfigJson& json, const Place& place) {
    return ResolveUntyped(json, place);
  }

  ConfigJson ResolveKind(const EnumType& type, const ConfigJson& json, const Place&) {
    for (const EnumChoice& choice : type.choices) {
      if (json == choice.name) return choice.value.value_or(json);
    }
    return json;
  }

  ConfigJson ResolveKind(const ArrayType& type, const ConfigJson& json,
                         const Place& place) {
    if (!json.is_array()) return json;
    ConfigJson resolved = ConfigJson::array();
    for (size_t i = 0; i < json.size(); ++i)
      resolved.push_back(Resolve(type.element, json[i], place.Element(i)));
    return resolved;
  }

  ConfigJson ResolveKind(const MapType& type, const ConfigJson& json,
                         const Place& place) {
    if (!json.is_object()) return json;
    ConfigJson resolved = ConfigJson::object();
    for (const auto& [name, value] : json.items())
      resolved[name] = Resolve(type.value, value, place.Key(name));
    return resolved;
  }

  ConfigJson ResolveKind(const ShapeType& type, const ConfigJson& json,
                         const Place& place) {
    return ResolveFields(type.fields, json, place);
  }

  ConfigJson ResolveKind(const SelectorType& type, const ConfigJson& json,
                         const Place& place) {
    return ResolveFields(type.fields, json, place);
  }

  ConfigJson ResolveKind(const NoneableType& type, const ConfigJson& json,
                         const Place& place) {
    return json.is_null() ? json : Resolve(type.inner, json, place);
  }

  ConfigJson ResolveKind(const ScalarUnionType& type, const ConfigJson& json,
                         const Place& place) {
    const auto& scalar = *type.scalar.As<ScalarType>();
    const bool is_scalar = !json.is_structured() || ReferenceIn(scalar, json);
    return Resolve(is_scalar ? type.scalar : type.other, json, place);
  }

  ConfigJson ResolveFields(const std::vector<NamedField>& fields, const ConfigJson& json,
                           const Place& place) {
    if (!json.is_object()) return json;
    ConfigJson resolved = ConfigJson::object();
    for (const auto& [name, value] : json.items()) {
      const ConfigField* field = FindField(fields, name);
      const Place inner = place.Field(name, field != nullptr && field->is_secret());
      resolved[name] = field != nullptr ? Resolve(field->type(), value, inner)
                                        : ResolveUntyped(value, inner);
    }
    return resolved;
  }

  ConfigJson ResolveUntyped(const ConfigJson& json, const Place& place) {
    if (const auto name = EnvReferenceName(json)) {
      const bool is_int = EnvReferenceForm(json) == EnvForm::kInt;
      return Look({.scalar = is_int ? ScalarKind::kInt : ScalarKind::kText}, *name,
                  place);
    }
    if (json.is_array()) return ResolveKind(ArrayType{ConfigType::Any()}, json, place);
    if (json.is_object()) return ResolveKind(MapType{ConfigType::Any()}, json, place);
    return json;
  }

  ConfigJson Look(const ScalarType& type, const std::string& name, const Place& place) {
    const auto text = environment_ ? environment_(name) : std::nullopt;
    if (!text) {
      faults_.Add(fmt::format("{} needs the environment variable '{}', which is not set",
                              place.label, name));
      return nullptr;
    }
    if (const auto read = ReadScalar(type.scalar, *text)) {
      if (auto value = AsScalar(type, *read)) return *std::move(value);
    }
    ScalarType plain = type;
    plain.takes_env = false;
    faults_.Add(fmt::format("{} must be {}, not '***' (from environment variable '{}')",
                            place.label, Describe(ConfigType(plain)), name));
    return nullptr;
  }

  const EnvironmentLookup& environment_;
  ConfigFaults faults_;
};

}  // namespace

Result<ConfigJson> ResolveConfig(std::string_view owner, const ConfigField& field,
                                 const ConfigJson& validated,
                                 const EnvironmentLookup& environment) {
  Resolver resolver(environment);
  ConfigJson resolved = resolver.Resolve(field.type(), validated, Place());
  if (!resolver.faults().empty()) return resolver.faults().ToError(owner);
  return resolved;
}

}  // namespace entrepot
