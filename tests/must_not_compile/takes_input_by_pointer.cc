// expects: may not take an input by raw pointer
#include "entrepot/execution/asset.h"

entrepot::Asset Bad() {
  return entrepot::Asset("x").Reads("y").Compute([](const char* text) { return *text; });
}
