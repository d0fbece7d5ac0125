/// \file examples/specification/09_file_handle.cc
/// Files as values: one asset keeps a file and yields its handle, another reads it. The
/// handle goes through any I/O manager, to other processes and to Python.

#include <iostream>

#include <arrow/buffer.h>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

ep::Result<ep::FileHandle> KeepFile(ep::StepContext& step) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto files, step.resource<ep::FileManager>("files"));
  ENTREPOT_ASSIGN_OR_RETURN(auto handle,
                            ep::WriteData(*files, R"({"key": "value"})", ".json"));
  step.log().Info("created file {}", handle.path_desc());
  return handle;
}

ep::Result<nlohmann::json> ProcessFile(const ep::FileHandle& handle,
                                       ep::StepContext& step) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto files, step.resource<ep::FileManager>("files"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, ep::ReadData(*files, handle));
  return nlohmann::json{{"processed", true},
                        {"original_data", nlohmann::json::parse(bytes->ToString())}};
}

int main() {
  const std::shared_ptr<ep::FileManager> files =
      ep::LocalFileManager::Make({.base_dir = "files"}).value();
  ep::Definitions defs;
  defs.Bind("files", files);
  defs.Add(ep::Asset("file").Compute(KeepFile));
  defs.Add(ep::Asset("processed").Reads("file").Compute(ProcessFile));

  const auto instance = ep::Instance::Open("home").value();
  ep::Materialize(defs, {.instance = instance}).value().ToStatus().value();
  std::cout << instance->Load<nlohmann::json>("processed").value() << '\n';
  // prints: {"original_data":{"key":"value"},"processed":true}
  const auto handle = instance->Load<ep::FileHandle>("file").value();
  std::cout << ep::ReadData(*files, handle).value()->ToString() << '\n';
  // prints: {"key": "value"}
}
