/// \file examples/specification/05_upath_io_manager.cc
/// Values as files that code of one's own writes and reads by path, in a place that is a
/// matter of configuration: the same program runs in another one by one setting.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "entrepot/entrepot.h"

namespace ep = entrepot;
namespace fs = std::filesystem;

struct Mesh {
  std::vector<double> xs;
};

// What is written is published as a whole, when the function has returned.
void WriteMesh(const Mesh& mesh, const fs::path& path) {
  std::ofstream file(path);
  for (const double x : mesh.xs) file << x << '\n';
}
Mesh ReadMesh(const fs::path& path) {
  std::ifstream file(path);
  return {{std::istream_iterator<double>(file), {}}};
}

struct StorageOptions {
  std::string base_path;

  static const ep::FieldList<StorageOptions>& Fields() {
    static const auto fields =
        ep::FieldList<StorageOptions>("cloud_storage")
            .Field("base_path", &StorageOptions::base_path, "Where meshes are kept.",
                   {.is_required = true});
    return fields;
  }
};

ep::Result<std::shared_ptr<ep::PathIOManager>> MakeStorage(
    const StorageOptions& options) {
  return ep::PathIOManager::Make({.base_dir = options.base_path},
                                 ep::PathFormatOf<Mesh>("xyz", WriteMesh, ReadMesh));
}

int main() {
  ep::Definitions defs;
  defs.Bind<StorageOptions>("cloud_storage", MakeStorage);
  defs.Add(ep::Asset("mesh").IOManagerKey("cloud_storage").Compute([] {
    return Mesh{{0.0, 0.5}};
  }));
  defs.Add(ep::Asset("num_points").Reads("mesh").Compute([](const Mesh& mesh) {
    return mesh.xs.size();
  }));

  for (const std::string base_path : {"laptop", "cluster"}) {
    const auto config =
        ep::ParseAssignment("cloud_storage.base_path=" + base_path).value();
    const auto result = ep::Materialize(defs, {.config = {.given = config}}).value();
    std::cout << result.Output<int>("num_points").value() << " points, in "
              << base_path + "/mesh.xyz: " << fs::exists(base_path + "/mesh.xyz") << '\n';
  }
  // prints: 2 points, in laptop/mesh.xyz: 1
  // prints: 2 points, in cluster/mesh.xyz: 1
}
