// expects: may not return a Result of a Result
#include "entrepot/execution/asset.h"

entrepot::Asset Bad() {
  return entrepot::Asset("x").Compute([]() -> entrepot::Result<entrepot::Result<int>> {
    return entrepot::Result<int>(1);
  });
}
