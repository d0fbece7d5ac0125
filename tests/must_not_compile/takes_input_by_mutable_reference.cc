// expects: may not take an input by non-const reference
#include "entrepot/execution/asset.h"

entrepot::Asset Bad() {
  return entrepot::Asset("x").Reads("y").Compute([](std::string& text) { return text; });
}
