#pragma once

/// \file entrepot/codec/arrow_ipc_codec.h
/// Tables and streams as Arrow IPC files (docs/formats/arrow_ipc.md).

#include <memory>

#include "entrepot/codec/codec.h"

namespace entrepot {

/// Returns the codec of format "arrow". It takes every table and stream; what it reads
/// from a map are slices of that map.
std::shared_ptr<const Codec> MakeArrowIpcCodec();

}  // namespace entrepot
