// expects: an input's type needs ValueTraits
#include <memory>

#include "entrepot/execution/asset.h"

struct Unique {
  std::unique_ptr<int> value;
};

entrepot::Asset Bad() {
  return entrepot::Asset("x").Reads("y").Compute(
      [](Unique unique) { return *unique.value; });
}
