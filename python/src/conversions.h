#pragma once

/// \file python/src/conversions.h
/// Small conversions that several binding files share. All need Python's lock, and throw
/// what Python raises.

#include <any>
#include <memory>
#include <string>

#include "entrepot/asset/asset_event.h"
#include "entrepot/asset/asset_key.h"
#include "entrepot/asset/metadata.h"
#include "entrepot/graph/step_graph.h"
#include "entrepot/io/io_manager.h"
#include "entrepot/io/resources.h"
#include "py_ref.h"

namespace entrepot::python {

/// Takes a list of the parts of a key.
Result<AssetKey> KeyOfParts(nb::handle parts);

/// Takes an AssetKey, a list of parts, or text to be split at '/'.
AssetKey KeyFrom(nb::handle key);

/// Takes a dict of anything that entrepot._metadata.normalize takes; None is empty.
Metadata MetadataFrom(nb::handle entries);

/// Returns {name: MetadataValue}.
nb::dict MetadataDict(const Metadata& metadata);

/// Takes an AssetObservation or AssetMaterialization of entrepot._results.
AssetEvent AssetEventFrom(nb::handle event);
nb::object AssetEventToPython(const AssetEvent& event);

/// Takes what entrepot._steps says of an output or input of a step.
StepOutput OutputFrom(nb::handle output);
StepInput InputFrom(nb::handle input);

/// Returns {name: plain value}.
nb::dict PlainMetadata(const Metadata& metadata);

/// Returns the Python object that a host pointer (AssetFacts::host, …) holds, or None.
nb::object HostObject(const std::shared_ptr<const void>& host);

/// Returns the manager behind a Python object: a native one itself, else an adapter.
std::shared_ptr<IOManager> ManagerFrom(nb::handle object);

/// As ManagerFrom, of what only loads.
std::shared_ptr<InputManager> InputManagerFrom(nb::handle object);

/// Returns what Python users see of a manager: their own object, or the native one.
nb::object ManagerObject(const std::shared_ptr<IOManager>& manager);

/// Returns an object whose attributes are the resources.
nb::object ResourcesObject(const Resources& resources);

}  // namespace entrepot::python
