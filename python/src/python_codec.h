#pragma once

/// \file python/src/python_codec.h
/// Formats that are written in Python, and formats chosen by Python's types.

#include "entrepot/codec/registry.h"
#include "py_ref.h"

namespace entrepot::python {

/// Assigns formats to types: `pairs` are (class, name of a format or entrepot.Codec), as
/// entrepot._codecs.assignments returns them. Needs Python's lock.
///
/// Errors: those of CodecRegistry::Assign
Status AssignCodecs(CodecRegistry& codecs, nb::handle pairs);

}  // namespace entrepot::python
