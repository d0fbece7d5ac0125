#include "config.h"

#include "bindings.h"
#include "entrepot/config/schema.h"
#include "entrepot/config/validate.h"
#include "entrepot/io/file_system_io_manager.h"
#include "errors.h"

namespace entrepot::python {
namespace {

/// Walks a Python value. One thread at a time, with Python's lock.
class Reader {
 public:
  Result<ConfigJson> Read(PyObject* value, int depth) {
    if (depth > kMaxConfigDepth)
      return Invalid("a configuration is nested more than {} deep", kMaxConfigDepth);
    if (value == Py_None) return ConfigJson();
    if (PyBool_Check(value)) return ConfigJson(value == Py_True);
    if (PyUnicode_CheckExact(value)) return ReadText(value);
    if (PyLong_CheckExact(value)) return ReadInt(value);
    if (PyFloat_CheckExact(value)) return ConfigJson(PyFloat_AS_DOUBLE(value));
    if (PyUnicode_Check(value) && nb::isinstance(value, EnvVarClass()))
      return EnvReference(TextOf(value), nb::isinstance(value, IntEnvVarClass())
                                             ? EnvForm::kInt
                                             : EnvForm::kText);
    if (nb::isinstance(value, Attribute("enum", "Enum"))) return Foreign(value);
    if (PyUnicode_Check(value)) return ReadText(value);
    if (PyLong_Check(value)) return ReadInt(value);
    if (PyFloat_Check(value)) return ConfigJson(PyFloat_AsDouble(value));
    if (PyList_Check(value)) return ReadList(value, depth);
    if (PyDict_Check(value)) return ReadDict(value, depth);
    return Foreign(value);
  }

  std::vector<PyRef> TakeObjects() && { return std::move(objects_); }

 private:
  static nb::object EnvVarClass() { return Attribute("entrepot._config", "EnvVar"); }
  static nb::object IntEnvVarClass() {
    return Attribute("entrepot._config", "_IntEnvVar");
  }

  static std::string_view TextOf(PyObject* text) {
    Py_ssize_t size = 0;
    const char* bytes = PyUnicode_AsUTF8AndSize(text, &size);
    if (bytes == nullptr) throw nb::python_error();
    return {bytes, static_cast<size_t>(size)};
  }

  ConfigJson ReadText(PyObject* value) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(value, &size);
    if (text != nullptr) return std::string(text, static_cast<size_t>(size));
    PyErr_Clear();
    return Foreign(value, "str that is no UTF-8");
  }

  ConfigJson ReadInt(PyObject* value) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0 ? ConfigJson(number)
                         : Foreign(value, "int of more than 64 bits");
  }

  Result<ConfigJson> ReadList(PyObject* list, int depth) {
    ConfigJson json = ConfigJson::array();
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
      ENTREPOT_ASSIGN_OR_RETURN(ConfigJson element,
                                Read(PyList_GET_ITEM(list, i), depth + 1));
      json.push_back(std::move(element));
    }
    return json;
  }

  Result<ConfigJson> ReadDict(PyObject* dict, int depth) {
    ConfigJson json = ConfigJson::object();
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value);) {
      if (!PyUnicode_CheckExact(key))
        return Foreign(dict, "dict with keys that are not str");
      ENTREPOT_ASSIGN_OR_RETURN(ConfigJson element, Read(value, depth + 1));
      json[std::string(TextOf(key))] = std::move(element);
    }
    return json;
  }

  ConfigJson Foreign(PyObject* value) {
    return Foreign(value,
                   nb::cast<std::string>(nb::handle(value).type().attr("__qualname__")));
  }

  ConfigJson Foreign(PyObject* value, std::string type) {
    objects_.push_back(MakePyRef(value));
    return ToConfigJson(ForeignLeaf{.handle = reinterpret_cast<std::uintptr_t>(value),
                                    .type = std::move(type)});
  }

  std::vector<PyRef> objects_;
};

/// Returns the names of the fields that somebody gave, or None where nobody gave any.
nb::object GivenNames(const ConfigJson& written, const ConfigTree& given) {
  if (!given.is_given()) return nb::none();
  nb::list names;
  if (written.is_object()) {
    for (const auto& [name, value] : written.items()) {
      if (IsGiven(given, name)) names.append(nb::cast(name));
    }
  }
  return names;
}

nb::object ToPythonList(const ConfigJson& json) {
  nb::list list;
  for (const ConfigJson& element : json) list.append(ConfigToPython(element));
  return list;
}

nb::object ToPythonDict(const ConfigJson& json) {
  nb::dict dict;
  for (const auto& [name, value] : json.items())
    dict[nb::cast(name)] = ConfigToPython(value);
  return dict;
}

using Objects = std::vector<PyRef>;

Objects Joined(Objects objects, const Objects& others) {
  objects.insert(objects.end(), others.begin(), others.end());
  return objects;
}

/// A type, and the Python objects that defaults and enums within it stand for.
struct PythonType {
  ConfigType type;
  Objects objects{};
};

struct PythonField {
  ConfigField field;
  Objects objects;
};

using NamedFields = std::vector<std::pair<std::string, PythonField>>;
using FieldsMaker = Result<ConfigType> (*)(std::vector<NamedField>);

Result<PythonType> OfFields(const NamedFields& fields, FieldsMaker make) {
  std::vector<NamedField> named;
  Objects objects;
  for (const auto& [name, field] : fields) {
    named.push_back({name, field.field});
    objects = Joined(std::move(objects), field.objects);
  }
  ENTREPOT_ASSIGN_OR_RETURN(ConfigType type, make(std::move(named)));
  return PythonType{std::move(type), std::move(objects)};
}

Result<PythonType> MakeEnum(
    const std::string& name,
    const std::vector<std::tuple<std::string, nb::object, std::string>>& values) {
  std::vector<EnumChoice> choices;
  Objects objects;
  for (const auto& [config_value, python_value, description] : values) {
    ENTREPOT_ASSIGN_OR_RETURN(PythonConfig value, ConfigFromPython(python_value));
    choices.push_back({.name = config_value,
                       .description = description,
                       .value = std::move(value.json)});
    objects = Joined(std::move(objects), value.objects);
  }
  ENTREPOT_ASSIGN_OR_RETURN(ConfigType type, ConfigType::Enum(name, std::move(choices)));
  return PythonType{std::move(type), std::move(objects)};
}

Result<PythonType> MakeUnion(const PythonType& scalar, const PythonType& other) {
  ENTREPOT_ASSIGN_OR_RETURN(ConfigType type,
                            ConfigType::ScalarUnion(scalar.type, other.type));
  return PythonType{std::move(type), Joined(scalar.objects, other.objects)};
}

/// `default_value` is a list that is empty or holds the default: None may be one.
Result<PythonField> MakeField(const PythonType& type, std::string description,
                              std::optional<bool> is_required, bool is_secret,
                              const nb::list& default_value) {
  ConfigFieldOptions options{.type = type.type,
                             .description = std::move(description),
                             .is_required = is_required,
                             .is_secret = is_secret};
  Objects objects = type.objects;
  if (default_value.size() > 0) {
    ENTREPOT_ASSIGN_OR_RETURN(PythonConfig value, ConfigFromPython(default_value[0]));
    options.default_value = std::move(value.json);
    objects = Joined(std::move(objects), value.objects);
  }
  ENTREPOT_ASSIGN_OR_RETURN(ConfigField field, ConfigField::Make(std::move(options)));
  return PythonField{std::move(field), std::move(objects)};
}

/// Returns the fields of the filesystem manager, none of them required and without
/// defaults: what is not given is its instance's.
Result<NamedFields> FileSystemFields() {
  NamedFields fields;
  const auto* shape = FileSystemIOManagerFields().schema().type().As<ShapeType>();
  for (const NamedField& named : shape->fields) {
    ENTREPOT_ASSIGN_OR_RETURN(ConfigField field,
                              ConfigField::Make({.type = named.field.type(),
                                                 .description = named.field.description(),
                                                 .is_required = false}));
    fields.emplace_back(named.name, PythonField{std::move(field), {}});
  }
  return fields;
}

Result<nb::object> Validate(const PythonField& self, const std::string& owner,
                            const nb::list& value) {
  PythonConfig given;
  ConfigTree tree;
  if (value.size() > 0) {
    ENTREPOT_ASSIGN_OR_RETURN(given, ConfigFromPython(value[0]));
    tree = ConfigTree(given.json, "code");
  }
  ENTREPOT_ASSIGN_OR_RETURN(const ConfigJson checked,
                            ValidateConfig(owner, self.field, tree));
  return ConfigToPython(checked);
}

Result<nb::object> Resolve(const PythonField& self, const std::string& owner,
                           nb::handle validated, const EnvironmentLookup& environment) {
  ENTREPOT_ASSIGN_OR_RETURN(const PythonConfig config, ConfigFromPython(validated));
  ENTREPOT_ASSIGN_OR_RETURN(const ConfigJson resolved,
                            ResolveConfig(owner, self.field, config.json, environment));
  return ConfigToPython(resolved);
}

Result<nb::object> Redact(const PythonField& self, nb::handle validated) {
  ENTREPOT_ASSIGN_OR_RETURN(const PythonConfig config, ConfigFromPython(validated));
  return ConfigToPython(Redacted(self.field, config.json));
}

/// Returns the default in a list, or an empty list.
nb::list DefaultOf(const PythonField& self) {
  nb::list found;
  if (self.field.default_value())
    found.append(ConfigToPython(*self.field.default_value()));
  return found;
}

void BindTypes(nb::class_<PythonType>& type) {
  nb::enum_<ScalarKind>(type, "Scalar")
      .value("TEXT", ScalarKind::kText)
      .value("INT", ScalarKind::kInt)
      .value("FLOAT", ScalarKind::kFloat)
      .value("BOOL", ScalarKind::kBool);
  type.def_static(
          "scalar", [](ScalarKind kind) { return PythonType{ConfigType::Scalar(kind)}; },
          "kind"_a)
      .def_static(
          "source", [](ScalarKind kind) { return PythonType{ConfigType::Source(kind)}; },
          "kind"_a, "A scalar, or {'env': NAME}.")
      .def_static("any", [] { return PythonType{ConfigType::Any()}; })
      .def_static(
          "array",
          [](const PythonType& element) {
            return PythonType{ConfigType::Array(element.type), element.objects};
          },
          "element"_a)
      .def_static(
          "map",
          [](const PythonType& value) {
            return PythonType{ConfigType::Map(value.type), value.objects};
          },
          "value"_a)
      .def_static(
          "noneable",
          [](const PythonType& inner) {
            return PythonType{ConfigType::Noneable(inner.type), inner.objects};
          },
          "inner"_a)
      .def_static("enumeration", &MakeEnum, "name"_a, "values"_a,
                  "Takes (configuration's name, Python's value, description).")
      .def_static("scalar_union", &MakeUnion, "scalar"_a, "other"_a)
      .def("__repr__", [](const PythonType& self) {
        return "<config: " + Describe(self.type) + ">";
      });
}

void BindShapes(nb::class_<PythonType>& type) {
  type.def_static(
          "shape",
          [](const NamedFields& fields) { return OfFields(fields, &ConfigType::Shape); },
          "fields"_a)
      .def_static(
          "permissive",
          [](const NamedFields& fields) {
            return OfFields(fields, &ConfigType::Permissive);
          },
          "fields"_a)
      .def_static(
          "selector",
          [](const NamedFields& fields) {
            return OfFields(fields, &ConfigType::Selector);
          },
          "fields"_a);
}

void BindFields(nb::class_<PythonField>& field) {
  field
      .def_static("make", &MakeField, "type"_a, "description"_a, "is_required"_a.none(),
                  "is_secret"_a, "default_value"_a,
                  "Takes the default in a list, or an empty list.")
      .def(
          "validate", &Validate, "owner"_a, "value"_a,
          "Checks the value in a list (an empty list: none is given); fills in defaults.")
      .def("resolve", &Resolve, "owner"_a, "validated"_a.none(), "environment"_a)
      .def("redacted", &Redact, "validated"_a.none())
      .def_prop_ro("default_value", &DefaultOf, "In a list, or an empty list.")
      .def_prop_ro("is_required",
                   [](const PythonField& self) { return self.field.is_required(); })
      .def_prop_ro("is_secret",
                   [](const PythonField& self) { return self.field.is_secret(); });
}

}  // namespace

Result<PythonConfig> ConfigFromPython(nb::handle value) {
  Reader reader;
  ENTREPOT_ASSIGN_OR_RETURN(ConfigJson json, reader.Read(value.ptr(), 0));
  return PythonConfig{std::move(json), std::move(reader).TakeObjects()};
}

nb::object ConfigToPython(const ConfigJson& json) {
  if (const auto name = EnvReferenceName(json)) {
    const bool is_int = EnvReferenceForm(json) == EnvForm::kInt;
    return Attribute("entrepot._config", is_int ? "_IntEnvVar" : "EnvVar")(*name);
  }
  if (const auto leaf = AsForeignLeaf(json))
    return nb::borrow(reinterpret_cast<PyObject*>(leaf->handle));
  switch (json.type()) {
    case ConfigJson::value_t::boolean:
      return nb::cast(json.get<bool>());
    case ConfigJson::value_t::number_integer:
    case ConfigJson::value_t::number_unsigned:
      return nb::cast(json.get<std::int64_t>());
    case ConfigJson::value_t::number_float:
      return nb::cast(json.get<double>());
    case ConfigJson::value_t::string:
      return nb::cast(json.get_ref<const std::string&>());
    case ConfigJson::value_t::array:
      return ToPythonList(json);
    case ConfigJson::value_t::object:
      return ToPythonDict(json);
    default:
      return nb::none();
  }
}

std::shared_ptr<const DeclaredConfig> DeclaredConfigFrom(nb::handle declared) {
  if (declared.is_none()) return nullptr;
  const auto& field = nb::cast<const PythonField&>(declared.attr("field"));
  const nb::object read = declared.attr("read");
  Objects objects = field.objects;
  ConfigTree given;
  for (nb::handle config : declared.attr("given")) {
    auto json = ConfigFromPython(config);
    if (!json) RaisePythonError(json.error());
    given = ConfigTree(std::move(json->json), "code");
    objects = Joined(std::move(objects), json->objects);
  }
  const auto make =
      [read = read.is_none() ? PyRef() : MakePyRef(read), objects = std::move(objects)](
          const ConfigValue& value, const ConfigTree& own) -> Result<std::any> {
    const nb::gil_scoped_acquire lock;
    try {
      const nb::object resolved = ConfigToPython(value.resolved);
      if (!read) return std::any(MakePyRef(resolved));
      return std::any(MakePyRef(ToObject(read)(ConfigToPython(value.written), resolved,
                                               GivenNames(value.written, own))));
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  };
  return std::make_shared<const DeclaredConfig>(
      DeclaredConfig{.schema = field.field, .given = std::move(given), .read = make});
}

nb::object ReadObject(const ReadConfig& config) {
  const auto* object = config ? std::any_cast<PyRef>(config.get()) : nullptr;
  return object == nullptr ? nb::object(nb::none()) : ToObject(*object);
}

PythonRunConfig::PythonRunConfig(nb::handle given, EnvironmentLookup environment) {
  config_.environment = std::move(environment);
  if (given.is_none()) return;
  auto config = ConfigFromPython(given);
  if (!config) RaisePythonError(config.error());
  config_.given = ConfigTree(std::move(config->json), "run_config");
  objects_ = std::move(config->objects);
}

void BindConfig(nb::module_& m) {
  // Both before what mentions them.
  nb::class_<PythonType> type(m, "ConfigType",
                              "What a value of a configuration may be. Immutable.");
  nb::class_<PythonField> field(
      m, "ConfigField", "A place for a value: its type, and what holds without one.");
  BindTypes(type);
  BindShapes(type);
  BindFields(field);
  m.def("file_system_fields", &FileSystemFields,
        "The fields of the filesystem manager by name, each optional.");
}

}  // namespace entrepot::python
