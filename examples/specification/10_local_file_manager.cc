/// \file examples/specification/10_local_file_manager.cc
/// The built-in file manager, made by configuration for each run: what was written
/// somewhere else is copied in, atomically, and goes on as a handle.

#include <filesystem>
#include <fstream>
#include <iostream>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

ep::Result<std::shared_ptr<ep::FileManager>> MakeFileManager(const ep::ResourceContext&) {
  ENTREPOT_ASSIGN_OR_RETURN(
      auto options, ep::LocalFileManagerFields().Read(R"({"base_dir": "files"})"));
  ENTREPOT_ASSIGN_OR_RETURN(auto manager, ep::LocalFileManager::Make(std::move(options)));
  return manager;
}

ep::Result<ep::FileHandle> ConfigFile(ep::StepContext& step) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto files, step.resource<ep::FileManager>("files"));
  ENTREPOT_ASSIGN_OR_RETURN(const ep::FilePath path, step.NewFile(".json"));
  std::ofstream(path.path()) << R"({"timeout": 30, "retries": 3})";
  return ep::CopyIn(*files, path.path());
}

/// For a library that opens files by name: a copy that it may also change.
ep::Result<int> Timeout(const ep::FileHandle& config_file, ep::StepContext& step) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto files, step.resource<ep::FileManager>("files"));
  ENTREPOT_ASSIGN_OR_RETURN(const std::string path,
                            files->CopyHandleToLocalTemp(config_file));
  const auto config = nlohmann::json::parse(std::ifstream(path));
  ENTREPOT_RETURN_IF_ERROR(files->DeleteLocalTemp());
  return config.at("timeout").get<int>();
}

int main() {
  ep::Definitions defs;
  defs.Bind("files", MakeFileManager);
  defs.Add(ep::Asset("config_file").Compute(ConfigFile));
  defs.Add(ep::Asset("timeout").Reads("config_file").Compute(Timeout));

  const ep::RunResult result = ep::Materialize(defs).value();
  std::cout << "timeout: " << result.Output<int>("timeout").value() << '\n';
  // prints: timeout: 30
  for (const auto& file : std::filesystem::directory_iterator("files")) {
    std::cout << "a file of extension " << file.path().extension() << '\n';
  }
  // prints: a file of extension ".json"
}
