#include "io_manager.h"

#include "bindings.h"
#include "conversions.h"
#include "entrepot/asset/key_path.h"
#include "entrepot/io/context.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/io/path_io_manager.h"
#include "entrepot/io/routing_io_manager.h"
#include "file_managers.h"
#include "pickle_codec.h"
#include "python_codec.h"
#include "value.h"

namespace entrepot::python {
namespace {

/// Takes what a user's handle_output returned or yielded: nothing, a dict of metadata, or
/// what it has to say of an asset.
void TakeOne(OutputContext& context, nb::handle returned) {
  if (returned.is_none()) return;
  const bool is_event =
      nb::isinstance(returned, Attribute("entrepot._results", "AssetEvent"));
  if (!is_event && !nb::isinstance<nb::dict>(returned)) {
    RaisePythonError(
        Invalid("handle_output must return (or yield) None, a dict of metadata or an "
                "AssetMaterialization, not a '{}'",
                Py_TYPE(returned.ptr())->tp_name));
  }
  const Status taken = is_event ? context.LogEvent(AssetEventFrom(returned))
                                : context.AddOutputMetadata(MetadataFrom(returned));
  if (!taken) RaisePythonError(taken.error());
}

void TakeReturned(OutputContext& context, nb::handle returned) {
  if (!PyGen_Check(returned.ptr())) return TakeOne(context, returned);
  for (nb::handle yielded : nb::iter(returned)) TakeOne(context, yielded);
}

/// Calls the load_input of a manager written in Python.
Result<Value> LoadInputBy(const PyRef& manager, const InputContext& context) {
  const nb::gil_scoped_acquire lock;
  try {
    return ValueOf(ToObject(manager).attr("load_input")(
        nb::cast(std::make_shared<InputContext>(context))));
  } catch (nb::python_error& e) {
    return FromPython(e).While("loading " + context.Describe());
  }
}

Status HandleOutputFromPython(IOManager& manager, std::shared_ptr<OutputContext> context,
                              nb::handle object) {
  const Value value = ValueOf(object);
  const nb::gil_scoped_release unlocked;
  return manager.HandleOutput(*context, value);
}

/// Wraps entrepot._upath_io_manager._Hooks.path_of; None is none.
PathOfOutput PathOfFrom(nb::handle path_of) {
  if (path_of.is_none()) return {};
  return [call = MakePyRef(path_of)](
             const OutputContext& context) -> Result<std::optional<std::string>> {
    const nb::gil_scoped_acquire lock;
    try {
      const nb::object path = ToObject(call)(
          nb::cast(std::const_pointer_cast<OutputContext>(context.shared_from_this())));
      if (path.is_none()) return std::nullopt;
      return nb::cast<std::string>(path);
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  };
}

/// `assigned` is what entrepot._codecs.assignments returns.
Result<std::shared_ptr<IOManager>> MakeFileSystem(const std::string& config,
                                                  nb::handle assigned,
                                                  nb::handle file_manager,
                                                  nb::handle path_of) {
  ENTREPOT_ASSIGN_OR_RETURN(auto options, FileSystemIOManagerFields().Read(config));
  CodecRegistry codecs = PythonCodecs();
  ENTREPOT_RETURN_IF_ERROR(AssignCodecs(codecs, assigned));
  ENTREPOT_ASSIGN_OR_RETURN(
      auto manager, FileSystemIOManager::Make(std::move(options), std::move(codecs),
                                              {.file_of_handle = FilesFrom(file_manager),
                                               .path_of = PathOfFrom(path_of)}));
  return std::shared_ptr<IOManager>(std::move(manager));
}

/// Calls `dump(context, obj, path)` and `load(context, path)` of
/// entrepot._upath_io_manager._Hooks.
PathFormat PathFormatFrom(std::string extension, nb::handle dump, nb::handle load,
                          nb::handle path_of) {
  return {.extension = std::move(extension),
          .dump = [call = MakePyRef(dump)](OutputContext& context, const Value& value,
                                           const std::filesystem::path& path) -> Status {
            const nb::gil_scoped_acquire lock;
            try {
              ToObject(call)(nb::cast(context.shared_from_this()),
                             ObjectOf(value, nb::none()), path.string());
              return {};
            } catch (nb::python_error& e) {
              return FromPython(e);
            }
          },
          .load = [call = MakePyRef(load)](
                      const InputContext& context,
                      const std::filesystem::path& path) -> Result<Value> {
            const nb::gil_scoped_acquire lock;
            try {
              return ValueOf(ToObject(call)(
                  nb::cast(std::make_shared<InputContext>(context)), path.string()));
            } catch (nb::python_error& e) {
              return FromPython(e);
            }
          },
          .path_of = PathOfFrom(path_of)};
}

Result<std::shared_ptr<IOManager>> MakePath(const std::string& config,
                                            std::string extension, nb::handle dump,
                                            nb::handle load, nb::handle path_of) {
  ENTREPOT_ASSIGN_OR_RETURN(auto options, FileSystemIOManagerFields().Read(config));
  ENTREPOT_ASSIGN_OR_RETURN(
      auto manager,
      PathIOManager::Make({.base_dir = std::move(options.base_dir),
                           .durability = options.durability,
                           .layout = options.layout},
                          PathFormatFrom(std::move(extension), dump, load, path_of)));
  return std::shared_ptr<IOManager>(std::move(manager));
}

/// Takes [(name, manager)] and [(when, backend)].
Result<std::shared_ptr<RoutingIOManager>> MakeRouting(nb::handle backends,
                                                      std::string metadata_name,
                                                      nb::handle routes,
                                                      std::string default_backend) {
  RoutingIOManager::Backends managers;
  for (nb::handle pair : backends)
    managers.emplace_back(nb::cast<std::string>(pair[0]), ManagerFrom(pair[1]));
  RoutingRules rules{.metadata_name = std::move(metadata_name),
                     .default_backend = std::move(default_backend)};
  for (nb::handle pair : routes) {
    rules.routes.push_back({.when = nb::cast<std::string>(pair[0]),
                            .backend = nb::cast<std::string>(pair[1])});
  }
  return RoutingIOManager::Make(std::move(managers), std::move(rules));
}

PathLayout LayoutFrom(const std::string& layout) {
  return layout == "plain" ? PathLayout::kPlain : PathLayout::kHive;
}

}  // namespace

Status PythonIOManager::HandleOutput(OutputContext& context, const Value& value) {
  const nb::gil_scoped_acquire lock;
  try {
    const nb::object object = ObjectOf(value, nb::none());
    TakeReturned(context, ToObject(object_).attr("handle_output")(
                              nb::cast(context.shared_from_this()), object));
    return {};
  } catch (nb::python_error& e) {
    return FromPython(e).While("storing " + context.Describe());
  }
}

Result<Value> PythonIOManager::LoadInput(const InputContext& context) {
  return LoadInputBy(object_, context);
}

Result<bool> PythonIOManager::Has(const OutputContext& output) {
  const nb::gil_scoped_acquire lock;
  try {
    const nb::object ask = nb::getattr(ToObject(object_), "has_output", nb::none());
    if (ask.is_none()) return true;
    return nb::cast<bool>(
        ask(nb::cast(std::const_pointer_cast<OutputContext>(output.shared_from_this()))));
  } catch (nb::python_error& e) {
    return FromPython(e).While("looking for " + output.Describe());
  }
}

Result<Value> PythonInputManager::LoadInput(const InputContext& context) {
  return LoadInputBy(object_, context);
}

void BindIOManager(nb::module_& m) {
  nb::class_<IOManager, InputManager>(m, "NativeIOManager", "An I/O manager of the core.")
      .def(
          "handle_output", &HandleOutputFromPython, "context"_a, "obj"_a.none(),
          nb::sig("def handle_output(self, context: OutputContext, obj: object) -> None"),
          "Stores `obj` as the value of the context's output.")
      .def(
          "has_output",
          [](IOManager& manager, const OutputContext& context) {
            return manager.Has(context);
          },
          "context"_a, nb::call_guard<nb::gil_scoped_release>(),
          "Whether there is a value of the context's output.")
      .def_prop_ro("kind",
                   [](const IOManager& manager) {
                     const auto info = manager.Info();
                     return info ? info->kind : std::string();
                   })
      .def("__repr__", [](const IOManager& manager) {
        const auto info = manager.Info();
        return "<" +
               (info ? info->kind + " I/O manager " + info->config : "I/O manager") + ">";
      });
  nb::class_<RoutingIOManager, IOManager>(m, "NativeRoutingIOManager",
                                          "One manager over several.")
      .def("backend_for", &RoutingIOManager::BackendFor, "context"_a,
           "The name of the backend that the rules choose for an output.")
      .def("describe_rules", &RoutingIOManager::DescribeRules);
  m.def("make_file_system_io_manager", &MakeFileSystem, "config"_a, "assigned"_a,
        "file_manager"_a.none(), "path_of"_a.none(),
        nb::sig("def make_file_system_io_manager(config: str, assigned: object, "
                "file_manager: object | None, path_of: object | None) -> "
                "NativeIOManager"));
  m.def("make_path_io_manager", &MakePath, "config"_a, "extension"_a, "dump"_a, "load"_a,
        "path_of"_a.none(),
        nb::sig("def make_path_io_manager(config: str, extension: str, dump: object, "
                "load: object, path_of: object | None) -> NativeIOManager"));
  m.def("make_routing_io_manager", &MakeRouting, "backends"_a, "metadata_name"_a,
        "routes"_a, "default_backend"_a,
        nb::sig("def make_routing_io_manager(backends: object, metadata_name: str, "
                "routes: object, default_backend: str) -> NativeRoutingIOManager"));
  m.def(
      "asset_path",
      [](const AssetKey& key) { return AssetPath(key, std::nullopt, PathLayout::kHive); },
      "key"_a, "Where an asset is, below a base and without extension.");
  m.def("op_output_path", &OpOutputPath, "run_id"_a, "step_key"_a, "output_name"_a);
  m.def(
      "partition_path",
      [](const std::string& asset_path, const std::string& partition,
         const std::string& layout) {
        return PartitionPath(asset_path, partition, LayoutFrom(layout));
      },
      "asset_path"_a, "partition"_a, "layout"_a);
  m.def("make_memory_io_manager", []() -> std::shared_ptr<IOManager> {
    return std::make_shared<MemoryIOManager>();
  });
}

}  // namespace entrepot::python
