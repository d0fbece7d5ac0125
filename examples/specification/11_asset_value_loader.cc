/// \file examples/specification/11_asset_value_loader.cc
/// Values that runs have made, loaded outside of them: as a C++ type, by partition,
/// several at once.

#include <iostream>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

int main() {
  ep::Definitions defs;
  defs.Add(ep::Asset("upstream_data").Compute([] { return std::vector{10, 20, 30}; }));
  defs.Add(ep::Asset("downstream_result")
               .Reads("upstream_data")
               .Compute([](const std::vector<int>& values) {
                 return nlohmann::json{{"total", values[0] + values[1] + values[2]},
                                       {"count", values.size()}};
               }));
  defs.Add(
      ep::Asset("partitioned_asset")
          .PartitionedBy(ep::PartitionsDefinition::TimeWindows({.start = "2023-01-01"}))
          .Compute([](ep::StepContext& step) { return "of " + *step.partition(); }));

  const auto instance = ep::Instance::Ephemeral().value();
  ep::Materialize(defs, {.instance = instance, .partition = "2023-01-01"})
      .value()
      .ToStatus()
      .value();

  // With the definitions, their managers load; without, those that stored.
  const ep::AssetValueLoader loader(instance, defs);
  std::cout << loader.Load<std::vector<int>>("upstream_data").value().at(2) << '\n';
  // prints: 30
  std::cout << loader.Load<nlohmann::json>("downstream_result").value() << '\n';
  // prints: {"count":3,"total":60}
  std::cout << loader.Load<std::string>("partitioned_asset", {.partition = "2023-01-01"})
                   .value()
            << '\n';
  // prints: of 2023-01-01

  const std::vector<ep::AssetKey> keys = {
      ep::AssetKey::Parse("upstream_data").value(),
      ep::AssetKey::Parse("downstream_result").value(),
  };
  for (const ep::Value& value : loader.LoadValues(keys).value()) {
    std::cout << ep::ToString(value.kind()) << '\n';
  }
  // prints: tensor
  // prints: json

  const auto typo = loader.Load<int>("upstream_date");
  const std::string message = typo.error().message();
  std::cout << message.substr(message.find("did you mean")) << '\n';
  // prints: did you mean 'upstream_data'?
}
