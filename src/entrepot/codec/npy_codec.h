#pragma once

/// \file entrepot/codec/npy_codec.h
/// Tensors as numpy's .npy files (docs/formats/npy.md).

#include <memory>

#include "entrepot/codec/codec.h"

namespace entrepot {

/// Returns the codec of format "npy". It takes every tensor; what it reads from a map is
/// a slice of that map, writable where the map is.
std::shared_ptr<const Codec> MakeNpyCodec();

}  // namespace entrepot
