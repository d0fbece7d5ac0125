/// \file examples/specification/multi_asset.cc
/// One step that makes several assets. One of them is optional: where the step leaves it
/// out, what reads it is skipped.

#include <iostream>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

ep::Status Split(const std::vector<double>& readings, ep::StepContext& step) {
  std::vector<double> good;
  std::vector<double> bad;
  for (const double reading : readings) (reading >= 0 ? good : bad).push_back(reading);
  ENTREPOT_RETURN_IF_ERROR(step.Yield("good", good));  // Stored at once.
  return bad.empty() ? ep::Status() : step.Yield("bad", bad);
}

ep::Definitions Readings(std::vector<double> readings) {
  ep::Definitions defs;
  defs.Add(ep::Asset("readings").Compute([readings] { return readings; }));
  defs.Add(ep::MultiAsset("split")
               .Reads("readings")
               .Makes(ep::AssetOut("readings/good").Group("clean"))
               .Makes(ep::AssetOut("readings/bad").Optional())
               .Compute(Split));
  defs.Add(ep::Asset("alarm")
               .Reads("readings/bad")
               .Compute([](const std::vector<double>& bad) {
                 return fmt::format("{} bad readings", bad.size());
               }));
  return defs;
}

int main() {
  const auto bad = ep::Materialize(Readings({1.0, -1.0, 2.0})).value();
  std::cout << bad.Output<std::vector<double>>("readings/good").value().size()
            << " good, " << bad.Output<std::string>("alarm").value() << '\n';
  // prints: 2 good, 1 bad readings

  const auto good = ep::Materialize(Readings({1.0, 2.0})).value();
  std::cout << good.success() << ' '
            << (good.Find("alarm")->status == ep::StepStatus::kSkipped) << '\n';
  // prints: 1 1
}
