// expects: take the context as StepContext&
#include "entrepot/execution/asset.h"

entrepot::Asset Bad() {
  return entrepot::Asset("x").Compute(
      [](entrepot::StepContext step) { return step.run_id(); });
}
