/// \file examples/specification/12_multi_backend_io_manager.cc
/// One manager over several places: metadata, group or key of an asset say where it is
/// kept. Loads go where a value was stored, even after the rules have changed.

#include <filesystem>
#include <iostream>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

std::shared_ptr<ep::IOManager> Folder(const std::string& path) {
  return ep::FileSystemIOManager::Make({.base_dir = path}).value();
}

int main() {
  const auto storage = ep::RoutingIOManager::Make(
                           {{"local", Folder("local")},
                            {"data", Folder("data-bucket")},
                            {"models", Folder("models-bucket")}},
                           {.routes = {{.when = "group:ml_models", .backend = "models"},
                                       {.when = "key:raw/*", .backend = "local"}},
                            .default_backend = "data"})
                           .value();
  std::cout << storage->DescribeRules() << '\n';
  // prints: 1. metadata 'storage_backend' names the backend
  // prints: 2. group:ml_models -> models
  // prints: 3. key:raw/* -> local
  // prints: 4. all others -> data

  ep::Definitions defs;
  defs.Bind("io_manager", storage);
  defs.Add(ep::Asset("raw/readings").Compute([] { return std::vector{1.0, 2.0, 3.0}; }));
  defs.Add(ep::Asset("processed")
               .Reads("raw/readings")
               .Compute([](std::vector<double> readings) {
                 for (double& reading : readings) reading *= 2;
                 return readings;
               }));
  defs.Add(ep::Asset("model")
               .Reads("processed")
               .Group("ml_models")
               .Compute([](const std::vector<double>& x) { return x[0] + x[1] + x[2]; }));
  defs.Add(ep::Asset("notes").WithMetadata({{"storage_backend", "local"}}).Compute([] {
    return std::string("kept here");
  }));

  const ep::RunResult result = ep::Materialize(defs).value();
  std::cout << result.Output<double>("model").value() << '\n';
  // prints: 12
  for (const char* path : {"local/raw/readings.npy", "data-bucket/processed.npy",
                           "models-bucket/model.json", "local/notes.txt"}) {
    std::cout << path << ": " << std::filesystem::exists(path) << '\n';
  }
  // prints: local/raw/readings.npy: 1
  // prints: data-bucket/processed.npy: 1
  // prints: models-bucket/model.json: 1
  // prints: local/notes.txt: 1
}
