// The file managers of the library.
#include "entrepot/testing/file_manager_conformance.h"

#include "entrepot/io/local_file_manager.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {
namespace {

FileManagerUnderTest Local(std::string name, Durability durability) {
  struct InFolder {
    TemporaryFolder folder;
    std::shared_ptr<LocalFileManager> manager;
  };
  return {.name = std::move(name),
          .make =
              [durability] {
                const auto owner = std::make_shared<InFolder>();
                owner->manager =
                    LocalFileManager::Make({.base_dir = owner->folder.path() + "/files",
                                            .durability = durability})
                        .value();
                return std::shared_ptr<FileManager>(owner, owner->manager.get());
              },
          .reopen = [](const FileManager& made) -> std::shared_ptr<FileManager> {
            const auto& local = dynamic_cast<const LocalFileManager&>(made);
            return LocalFileManager::Make({.base_dir = local.base_dir()}).value();
          }};
}

const bool registered = [] {
  RegisterFileManagerConformance(Local("LocalFull", Durability::kFull));
  RegisterFileManagerConformance(Local("LocalFast", Durability::kFast));
  return true;
}();

}  // namespace
}  // namespace entrepot::testing
