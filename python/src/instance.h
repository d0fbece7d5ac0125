#pragma once

/// \file python/src/instance.h
/// Instances as Python owns them.

#include <memory>

#include "entrepot/execution/instance.h"

namespace entrepot::python {

/// Wraps an instance so that its end, which waits for the log, does not hold Python's
/// lock. To be used wherever Python gets an instance.
std::shared_ptr<Instance> EndingUnlocked(std::shared_ptr<Instance> instance);

}  // namespace entrepot::python
