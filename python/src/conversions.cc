#include "conversions.h"

#include "bindings.h"
#include "io_manager.h"
#include "json.h"

namespace entrepot::python {

Result<AssetKey> KeyOfParts(nb::handle parts) {
  std::vector<std::string> texts;
  if (nb::try_cast(parts, texts)) return AssetKey::Make(std::move(texts));
  return Invalid("an asset key is an AssetKey, text or a list of texts, not {}",
                 nb::cast<std::string>(nb::repr(parts)));
}

AssetKey KeyFrom(nb::handle key) {
  if (nb::isinstance<AssetKey>(key)) return nb::cast<AssetKey>(key);
  auto parsed = nb::isinstance<nb::str>(key) ? AssetKey::Parse(nb::cast<std::string>(key))
                                             : KeyOfParts(key);
  if (!parsed) RaisePythonError(parsed.error());
  return *std::move(parsed);
}

Metadata MetadataFrom(nb::handle entries) {
  if (entries.is_none()) return {};
  return nb::cast<Metadata>(Attribute("entrepot._metadata", "normalize")(entries));
}

nb::dict MetadataDict(const Metadata& metadata) {
  nb::dict dict;
  for (const auto& [name, value] : metadata) dict[name.c_str()] = nb::cast(value);
  return dict;
}

AssetEvent AssetEventFrom(nb::handle event) {
  constexpr const char* kResults = "entrepot._results";
  const bool is_materialization =
      nb::isinstance(event, Attribute(kResults, "AssetMaterialization"));
  if (!is_materialization &&
      !nb::isinstance(event, Attribute(kResults, "AssetObservation"))) {
    RaisePythonError(
        Invalid("what is logged of an asset is an AssetObservation or an "
                "AssetMaterialization, not a '{}'",
                Py_TYPE(event.ptr())->tp_name));
  }
  return {
      .kind = is_materialization ? AssetEvent::Kind::kMaterialization
                                 : AssetEvent::Kind::kObservation,
      .key = KeyFrom(event.attr("asset_key")),
      .partition = nb::cast<std::optional<std::string>>(event.attr("partition")),
      .description =
          nb::cast<std::optional<std::string>>(event.attr("description")).value_or(""),
      .metadata = MetadataFrom(event.attr("metadata"))};
}

nb::object AssetEventToPython(const AssetEvent& event) {
  const bool is_observation = event.kind == AssetEvent::Kind::kObservation;
  nb::dict fields;
  fields["partition"] = nb::cast(event.partition);
  fields["description"] = event.description;
  fields["metadata"] = MetadataDict(event.metadata);
  return Attribute("entrepot._results",
                   is_observation ? "AssetObservation" : "AssetMaterialization")(
      event.key, **fields);
}

nb::dict PlainMetadata(const Metadata& metadata) {
  nb::dict dict;
  for (const auto& [name, value] : metadata) {
    dict[name.c_str()] = nb::cast(value).attr("value");
  }
  return dict;
}

nb::object HostObject(const std::shared_ptr<const void>& host) {
  if (!host) return nb::none();
  return nb::borrow(static_cast<PyObject*>(const_cast<void*>(host.get())));
}

std::shared_ptr<IOManager> ManagerFrom(nb::handle object) {
  nb::object native = nb::getattr(object, "_native_io_manager", nb::none());
  if (!native.is_none()) return nb::cast<std::shared_ptr<IOManager>>(native);
  if (nb::isinstance<IOManager>(object))
    return nb::cast<std::shared_ptr<IOManager>>(object);
  return std::make_shared<PythonIOManager>(object);
}

std::shared_ptr<InputManager> InputManagerFrom(nb::handle object) {
  const nb::object native = nb::getattr(object, "_native_input_manager", nb::none());
  if (!native.is_none()) return nb::cast<std::shared_ptr<InputManager>>(native);
  if (nb::isinstance<InputManager>(object))
    return nb::cast<std::shared_ptr<InputManager>>(object);
  return std::make_shared<PythonInputManager>(object);
}

nb::object ManagerObject(const std::shared_ptr<IOManager>& manager) {
  if (const auto* python = dynamic_cast<const PythonIOManager*>(manager.get())) {
    return ToObject(python->object());
  }
  return nb::cast(manager);
}

namespace {

/// Returns a resource as Python knows it; nothing for one that it cannot.
nb::object ResourceObject(const std::any& resource) {
  if (const auto* object = std::any_cast<PyRef>(&resource)) return ToObject(*object);
  if (const auto* manager = std::any_cast<std::shared_ptr<IOManager>>(&resource))
    return ManagerObject(*manager);
  const auto* manager = std::any_cast<std::shared_ptr<InputManager>>(&resource);
  if (manager == nullptr) return {};
  const auto* python = dynamic_cast<const PythonInputManager*>(manager->get());
  return python ? ToObject(python->object()) : nb::cast(*manager);
}

/// Makes a resource that nobody asked for before.
nb::object MakeOther(const Resources& resources, const std::string& key) {
  auto found = [&] {
    const nb::gil_scoped_release unlocked;  // Whoever is making it may need the lock.
    return resources.Find(key);
  }();
  if (!found) RaisePythonError(found.error());
  return ResourceObject(*found);
}

}  // namespace

nb::object ResourcesObject(const Resources& resources) {
  nb::dict made;
  for (const auto& [key, resource] : resources.by_key()) {
    nb::object object = ResourceObject(resource);
    if (object.is_valid()) made[key.c_str()] = std::move(object);
  }
  const nb::object type = Attribute("entrepot._resources", "Resources");
  if (resources.others().empty()) return type(made);
  return type(made, nb::cast(resources.others()),
              nb::cpp_function([resources](const std::string& key) {
                return MakeOther(resources, key);
              }));
}

}  // namespace entrepot::python
