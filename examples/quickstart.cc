#include <iostream>
#include "entrepot/entrepot.h"
namespace ep = entrepot;

int main() {
  ep::Definitions defs;
  defs.Add(ep::Asset("prices").Compute([] { return std::vector{19.5, 5.0, 12.25}; }));
  defs.Add(
      ep::Asset("total").Reads("prices").Compute([](const std::vector<double>& prices) {
        return prices[0] + prices[1] + prices[2];
      }));
  auto shop = ep::Instance::Open("shop").value();  // A log and files in folder "shop".
  ep::Materialize(defs, {.instance = shop}).value().ToStatus().value();
  std::cout << "total: " << shop->Load<double>("total").value() << '\n';
}
