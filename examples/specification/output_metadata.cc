/// \file examples/specification/output_metadata.cc
/// What is known of a value beside itself: metadata of the definition, of the step and of
/// its manager, kept in the event log with each materialization.

#include <iostream>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

std::vector<double> Simulate(ep::StepContext& step) {
  const std::vector<double> energies = {3.0, 2.0, 1.5};
  step.AddOutputMetadata({{"iterations", 3},
                          {"energy", energies.back()},
                          {"plot", ep::MetadataValue::Url("https://example.com/3")}});
  return energies;
}

int main() {
  ep::Definitions defs;
  defs.Add(ep::Asset("energies")
               .Describe("Energy after each iteration, in joule.")
               .WithMetadata({{"owner", "physics"}})
               .Compute(Simulate));
  const auto instance = ep::Instance::Open("home").value();
  for (int run = 0; run < 2; ++run) {
    ep::Materialize(defs, {.instance = instance}).value().ToStatus().value();
  }

  const auto key = ep::AssetKey::Parse("energies").value();
  const auto history = instance->log().Materializations({.key = key}).value();
  std::cout << history.size() << " materializations, each with\n";
  // prints: 2 materializations, each with
  for (const std::string name : {"iterations", "energy", "plot"}) {
    const ep::MetadataValue* value = ep::FindMetadata(history[0].metadata, name);
    std::cout << name << ": " << value->ToString() << '\n';
  }
  // prints: iterations: 3
  // prints: energy: 1.5
  // prints: plot: https://example.com/3
}
