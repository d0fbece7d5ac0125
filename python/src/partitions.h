#pragma once

/// \file python/src/partitions.h
/// Partitions definitions and their windows as the objects of entrepot._partitions.

#include "bindings.h"
#include "entrepot/asset/partitions_definition.h"

namespace entrepot::python {

/// Returns the Python object of `definition`, of the class for its kind; None for null.
/// Needs Python's lock.
nb::object PartitionsToPython(const PartitionsPtr& definition);

/// Returns the definition of a Python object; null for None. Needs Python's lock.
///
/// Errors: kInvalid  the object is no partitions definition
Result<PartitionsPtr> PartitionsFromPython(nb::handle object);

/// Returns a TimeWindow of datetimes in the window's zone. Needs Python's lock.
nb::object TimeWindowToPython(const TimeWindow& window);

}  // namespace entrepot::python
