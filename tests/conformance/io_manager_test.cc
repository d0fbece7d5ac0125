// The managers of the library, in each of their configurations.
#include "entrepot/testing/io_manager_conformance.h"

#include <algorithm>

#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {
namespace {

std::vector<Value> Values() {
  std::vector<Value> values = SampleValues();
  std::ranges::move(SampleFiles(), std::back_inserter(values));
  return values;
}

/// A manager in a folder that dies with it.
IOManagerUnderTest FileSystem(std::string name, FileSystemIOManagerOptions options) {
  struct InFolder {
    TemporaryFolder folder;
    std::shared_ptr<IOManager> manager;
  };
  return {
      .name = std::move(name),
      .make =
          [options] {
            const auto owner = std::make_shared<InFolder>();
            FileSystemIOManagerOptions here = options;
            here.base_dir = owner->folder.path() + "/base";
            owner->manager = FileSystemIOManager::Make(here).value();
            return std::shared_ptr<IOManager>(owner, owner->manager.get());
          },
      .reopen = [](const IOManager& made) -> std::shared_ptr<IOManager> {
        const std::string config = made.Info().value().config;
        return FileSystemIOManager::Make(FileSystemIOManagerFields().Read(config).value())
            .value();
      },
      .values = Values(),
      .keeps_partitions_apart_from_assets = options.layout != PathLayout::kPlain};
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
  return true;
}();

}  // namespace
}  // namespace entrepot::testing
