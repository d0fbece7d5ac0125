#pragma once

/// \file python/src/bindings.h
/// What every binding file needs, and the list of them.

#include <nanobind/nanobind.h>
#include <nanobind/operators.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include "entrepot/asset/asset_key.h"
#include "entrepot/asset/metadata.h"
#include "errors.h"
#include "py_ref.h"
#include "result_caster.h"

namespace entrepot::python {

using namespace nanobind::literals;  // NOLINT: "name"_a, as every nanobind module does.

void BindAssetKey(nb::module_& m);
void BindMetadata(nb::module_& m);
void BindPartitions(nb::module_& m);
void BindConfig(nb::module_& m);
void BindStepLog(nb::module_& m);
void BindContexts(nb::module_& m);
void BindStepContext(nb::module_& m);
void BindBuiltContexts(nb::module_& m);
void BindInputManagers(nb::module_& m);
void BindIOManager(nb::module_& m);
void BindFiles(nb::module_& m);
void BindDefinitions(nb::module_& m);
void BindRecords(nb::module_& m);
void BindInstance(nb::module_& m);
void BindRun(nb::module_& m);
void BindCli(nb::module_& m);

}  // namespace entrepot::python
