// expects: may not return a raw pointer
#include "entrepot/execution/asset.h"

entrepot::Asset Bad() {
  return entrepot::Asset("x").Compute([]() -> int* { return nullptr; });
}
