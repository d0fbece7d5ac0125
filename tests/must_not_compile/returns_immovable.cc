// expects: must be movable
#include "entrepot/execution/asset.h"

struct Pinned {
  Pinned() = default;
  Pinned(Pinned&&) = delete;
};

entrepot::Asset Bad() {
  return entrepot::Asset("x").Compute([] { return Pinned(); });
}
