/// \file examples/specification/codec_for_a_struct.cc
/// A file format of one's own for a struct, of two functions. A struct that JSON suits
/// needs less: to_json and from_json.

#include <filesystem>
#include <iostream>
#include <iterator>
#include <sstream>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

struct Point {
  double x = 0;
  double y = 0;
};
struct Mesh {
  std::vector<Point> points;
};

ep::Result<std::string> WriteMesh(const Mesh& mesh) {
  std::string text;
  for (const Point& point : mesh.points) text += fmt::format("{} {}\n", point.x, point.y);
  return text;
}

ep::Result<Mesh> ReadMesh(std::string_view text) {
  Mesh mesh;
  std::istringstream in{std::string(text)};
  for (Point point; in >> point.x >> point.y;) mesh.points.push_back(point);
  if (!in.eof()) return ep::Corrupt("not two numbers a line");
  return mesh;
}

int main() {
  ep::InstanceOptions options;
  options.codecs
      .Register(ep::MakeObjectCodec<Mesh>({.format = "mesh",
                                           .extension = "mesh",
                                           .encode = WriteMesh,
                                           .decode = ReadMesh}))
      .value();
  const auto instance = ep::Instance::Open("home", options).value();

  ep::Definitions defs;
  defs.Add(ep::Asset("mesh").Compute([] { return Mesh{{{0, 0}, {0.5, 1}}}; }));
  defs.Add(ep::Asset("width").Reads("mesh").Compute(
      [](const Mesh& mesh) { return mesh.points.back().x - mesh.points.front().x; }));
  const ep::RunResult result = ep::Materialize(defs, {.instance = instance}).value();
  std::cout << result.Output<double>("width").value() << '\n';
  // prints: 0.5

  std::cout << instance->Load<Mesh>("mesh").value().points.size()
            << " points in mesh.mesh: "
            << std::filesystem::exists("home/storage/mesh.mesh") << '\n';
  // prints: 2 points in mesh.mesh: 1
}
