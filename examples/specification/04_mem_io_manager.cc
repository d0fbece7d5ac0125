/// \file examples/specification/04_mem_io_manager.cc
/// Values that stay in memory, for tests and for pipelines whose results nobody keeps.
/// They may be of any copyable type: nothing is converted, and consumers share the
/// object.

#include <iostream>
#include <memory>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

struct Mesh {  // It has no conversion to a file format, and needs none.
  std::vector<double> xs;
};
using MeshPtr = std::shared_ptr<const Mesh>;

int main() {
  ep::Definitions defs;
  defs.Bind("io_manager", ep::MemoryIOManagerFactory());
  defs.Add(ep::Asset("mesh").Compute(
      [] { return std::make_shared<const Mesh>(Mesh{{0.0, 0.5, 1.0}}); }));
  defs.Add(ep::Asset("num_points").Reads("mesh").Compute([](const MeshPtr& mesh) {
    return mesh->xs.size();
  }));
  defs.Add(
      ep::Asset("same_mesh").Reads("mesh").Compute([](MeshPtr mesh) { return mesh; }));

  const ep::RunResult result = ep::Materialize(defs).value();
  std::cout << result.Output<size_t>("num_points").value() << " points\n";
  // prints: 3 points
  std::cout << (result.Output<MeshPtr>("mesh").value() ==
                result.Output<MeshPtr>("same_mesh").value())
            << '\n';
  // prints: 1
}
