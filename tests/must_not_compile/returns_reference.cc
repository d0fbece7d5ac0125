// expects: must return by value, not by reference
#include "entrepot/execution/asset.h"

const std::string& Text();

entrepot::Asset Bad() {
  return entrepot::Asset("x").Compute([]() -> const std::string& { return Text(); });
}
