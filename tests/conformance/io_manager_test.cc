// The managers of the library, in each of their configurations.
#include "entrepot/testing/io_manager_conformance.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/io/path_io_manager.h"
#include "entrepot/io/routing_io_manager.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {
namespace {

std::vector<Value> Values() {
  std::vector<Value> values = SampleValues();
  std::ranges::move(SampleFiles(), std::back_inserter(values));
  return values;
}

/// A manager in a folder that dies with it.
IOManagerUnderTest FileSystem(std::string name, FileSystemIOManagerOptions options,
                              CodecRegistry codecs = CodecRegistry::WithBuiltins()) {
  struct InFolder {
    TemporaryFolder folder;
    std::shared_ptr<IOManager> manager;
  };
  return {.name = std::move(name),
          .make =
              [options, codecs] {
                const auto owner = std::make_shared<InFolder>();
                FileSystemIOManagerOptions here = options;
                here.base_dir = owner->folder.path() + "/base";
                owner->manager = FileSystemIOManager::Make(here, codecs).value();
                return std::shared_ptr<IOManager>(owner, owner->manager.get());
              },
          .reopen = [codecs](const IOManager& made) -> std::shared_ptr<IOManager> {
            const std::string config = made.Info().value().config;
            return FileSystemIOManager::Make(
                       FileSystemIOManagerFields().Read(config).value(), codecs)
                .value();
          },
          .values = Values(),
          .keeps_partitions_apart_from_assets = options.layout != PathLayout::kPlain};
}

/// Texts as files of their own.
PathFormat TextFormat() {
  const auto dump = [](const std::string& text, const std::filesystem::path& path) {
    std::ofstream(path, std::ios::binary) << text;
  };
  const auto load = [](const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  return PathFormatOf<std::string>("text", dump, load);
}

IOManagerUnderTest Path(PathLayout layout) {
  // The folder of each manager, by the manager.
  const auto folders =
      std::make_shared<std::map<const IOManager*, std::unique_ptr<TemporaryFolder>>>();
  const auto make_in = [layout](const std::string& folder) {
    return PathIOManager::Make(
               {.base_dir = folder, .durability = Durability::kFast, .layout = layout},
               TextFormat())
        .value();
  };
  return {.name = layout == PathLayout::kPlain ? "PathPlainLayout" : "Path",
          .make = [=]() -> std::shared_ptr<IOManager> {
            auto folder = std::make_unique<TemporaryFolder>();
            const auto manager = make_in(folder->path());
            (*folders)[manager.get()] = std::move(folder);
            return manager;
          },
          .reopen = [=](const IOManager& made) -> std::shared_ptr<IOManager> {
            return make_in(folders->at(&made)->path());
          },
          .values = {Value::Text("text", "std::string"), Value::Text("", "std::string"),
                     Value::Text("a\r\n\n", "std::string")},
          .keeps_partitions_apart_from_assets = layout != PathLayout::kPlain};
}

/// Two folders and the memory behind one manager, which chooses by the asset's key.
IOManagerUnderTest Routing() {
  struct InFolder {
    TemporaryFolder folder;
    std::shared_ptr<IOManager> manager;
  };
  const auto make = [] {
    const auto owner = std::make_shared<InFolder>();
    const auto files = [&](const std::string& name) {
      return FileSystemIOManager::Make({.base_dir = owner->folder.path() + "/" + name,
                                        .durability = Durability::kFast})
          .value();
    };
    owner->manager =
        RoutingIOManager::Make({{"near", files("near")},
                                {"far", files("far")},
                                {"memory", std::make_shared<MemoryIOManager>()}},
                               {.routes = {{"key:a/*", "far"}, {"key:A*", "memory"}},
                                .default_backend = "near"})
            .value();
    return std::shared_ptr<IOManager>(owner, owner->manager.get());
  };
  return {.name = "Routing", .make = make, .values = Values()};
}

/// The filesystem manager with types that are stored otherwise than by default.
IOManagerUnderTest TypedFiles() {
  CodecRegistry codecs = CodecRegistry::WithBuiltins();
  const auto tables = ValueType{.name = "any table", .has = [](const Value& value) {
                                  return value.kind() == ValueKind::kTable;
                                }};
  ENTREPOT_CHECK(codecs.Assign(tables, "arrow").has_value());
  return FileSystem("TypedFiles", {.durability = Durability::kFast}, codecs);
}

const bool registered = [] {
  RegisterIOManagerConformance(
      {.name = "Memory",
       .make = [] { return std::make_shared<MemoryIOManager>(); },
       .values = Values()});
  RegisterIOManagerConformance(FileSystem("FileSystemFull", {}));
  RegisterIOManagerConformance(
      FileSystem("FileSystemFast", {.durability = Durability::kFast}));
  RegisterIOManagerConformance(
      FileSystem("FileSystemPlainLayout",
                 {.durability = Durability::kFast, .layout = PathLayout::kPlain}));
  RegisterIOManagerConformance(
      FileSystem("FileSystemWithoutPickle",
                 {.durability = Durability::kFast, .allow_pickle = false}));
  RegisterIOManagerConformance(TypedFiles());
  RegisterIOManagerConformance(Path(PathLayout::kHive));
  RegisterIOManagerConformance(Path(PathLayout::kPlain));
  RegisterIOManagerConformance(Routing());
  return true;
}();

}  // namespace
}  // namespace entrepot::testing
