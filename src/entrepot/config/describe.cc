#include "entrepot/config/describe.h"

#include "entrepot/config/validate.h"

namespace entrepot {
namespace {

/// Returns the fields that values of the type have, as far as they are known.
const std::vector<NamedField>* FieldsIn(const ConfigType& type) {
  if (const auto* shape = type.As<ShapeType>()) return &shape->fields;
  if (const auto* selector = type.As<SelectorType>()) return &selector->fields;
  if (const auto* either = type.As<ScalarUnionType>()) return FieldsIn(either->other);
  return nullptr;
}

void AddRows(const ConfigType& type, const std::string& path,
             std::vector<FieldRow>& rows) {
  if (const auto* noneable = type.As<NoneableType>())
    return AddRows(noneable->inner, path, rows);
  if (const auto* array = type.As<ArrayType>())
    return AddRows(array->element, path + "[]", rows);
  if (const auto* map = type.As<MapType>())
    return AddRows(map->value, path.empty() ? "<name>" : path + ".<name>", rows);
  const std::vector<NamedField>* fields = FieldsIn(type);
  if (fields == nullptr) return;
  for (const auto& [name, field] : *fields) {
    FieldRow row{.path = path.empty() ? name : path + "." + name,
                 .type = Describe(field.type()),
                 .is_required = field.is_required(),
                 .description = field.description()};
    if (field.default_value())
      row.default_value = ShownInMessage(Redacted(field, *field.default_value()));
    const size_t place = rows.size();
    rows.push_back(row);
    AddRows(field.type(), row.path, rows);
    rows[place].has_fields = rows.size() > place + 1;
  }
}

/// Builds JSON Schema. Holds nothing.
struct JsonSchema {
  static ConfigJson Of(const ConfigType& type) {
    return std::visit(JsonSchema(), type.kind());
  }

  static ConfigJson Of(const ConfigField& field) {
    ConfigJson schema = Of(field.type());
    if (!field.description().empty()) schema["description"] = field.description();
    if (field.default_value())
      schema["default"] = Redacted(field, *field.default_value());
    if (field.is_secret()) schema["writeOnly"] = true;
    return schema;
  }

  ConfigJson operator()(const ScalarType& type) const {
    constexpr const char* kNames[] = {"string", "integer", "number", "boolean"};
    ConfigJson schema = {{"type", kNames[static_cast<size_t>(type.scalar)]}};
    if (type.at_least) schema["minimum"] = *type.at_least;
    if (type.at_most) schema["maximum"] = *type.at_most;
    return type.takes_env ? AnyOf({std::move(schema), EnvSchema()}) : schema;
  }

  ConfigJson operator()(const AnyType&) const { return ConfigJson::object(); }

  ConfigJson operator()(const EnumType& type) const {
    ConfigJson names = ConfigJson::array();
    for (const EnumChoice& choice : type.choices) names.push_back(choice.name);
    ConfigJson schema = ConfigJson::object();
    schema["enum"] = std::move(names);
    return schema;
  }

  ConfigJson operator()(const ArrayType& type) const {
    ConfigJson schema = {{"type", "array"}};
    schema["items"] = Of(type.element);
    return schema;
  }

  ConfigJson operator()(const MapType& type) const {
    ConfigJson schema = {{"type", "object"}};
    schema["additionalProperties"] = Of(type.value);
    return schema;
  }

  ConfigJson operator()(const ShapeType& type) const {
    ConfigJson required = ConfigJson::array();
    for (const auto& [name, field] : type.fields) {
      if (field.is_required()) required.push_back(name);
    }
    ConfigJson schema = Object(type.fields);
    if (!required.empty()) schema["required"] = std::move(required);
    schema["additionalProperties"] = type.is_permissive;
    return schema;
  }

  ConfigJson operator()(const NoneableType& type) const {
    ConfigJson null = {{"type", "null"}};
    return AnyOf({Of(type.inner), std::move(null)});
  }

  ConfigJson operator()(const SelectorType& type) const {
    ConfigJson schema = Object(type.fields);
    schema["additionalProperties"] = false;
    schema["minProperties"] = 1;
    schema["maxProperties"] = 1;
    return schema;
  }

  ConfigJson operator()(const ScalarUnionType& type) const {
    return AnyOf({Of(type.scalar), Of(type.other)});
  }

 private:
  static ConfigJson Object(const std::vector<NamedField>& fields) {
    ConfigJson properties = ConfigJson::object();
    for (const auto& [name, field] : fields) properties[name] = Of(field);
    ConfigJson schema = {{"type", "object"}};
    schema["properties"] = std::move(properties);
    return schema;
  }

  static ConfigJson AnyOf(std::vector<ConfigJson> schemas) {
    ConfigJson schema = ConfigJson::object();
    schema["anyOf"] = std::move(schemas);
    return schema;
  }

  /// {"env": NAME}.
  static ConfigJson EnvSchema() {
    ConfigJson name = {{"type", "string"}};
    ConfigJson schema = {{"type", "object"}};
    schema["properties"]["env"] = std::move(name);
    schema["required"].push_back("env");
    schema["additionalProperties"] = false;
    return schema;
  }
};

}  // namespace

std::vector<FieldRow> ListFields(const ConfigField& field) {
  std::vector<FieldRow> rows;
  AddRows(field.type(), "", rows);
  return rows;
}

ConfigJson JsonSchemaOf(const ConfigField& field) {
  ConfigJson schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}};
  schema.update(JsonSchema::Of(field));
  return schema;
}

}  // namespace entrepot
