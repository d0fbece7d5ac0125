// expects: nodiscard
#include "entrepot/execution/instance.h"

void Bad(entrepot::Instance& instance) { instance.Store("x", 1); }
