// expects: write its parameter types out instead of auto
#include "entrepot/execution/asset.h"

entrepot::Asset Bad() {
  return entrepot::Asset("x").Reads("y").Compute([](auto value) { return value; });
}
