#pragma once

/// \file entrepot/codec/json_codec.h
/// JSON as UTF-8 text (docs/formats/json.md).

#include <memory>

#include "entrepot/codec/codec.h"

namespace entrepot {

/// Returns the codec of format "json", for JSON values.
std::shared_ptr<const Codec> MakeJsonCodec();

}  // namespace entrepot
