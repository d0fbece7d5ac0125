#pragma once

/// \file entrepot/codec/bytes_codec.h
/// Bytes as they are (docs/formats/text_and_bytes.md).

#include <memory>

#include "entrepot/codec/codec.h"

namespace entrepot {

/// Returns the codec of format "bytes", for values of bytes.
std::shared_ptr<const Codec> MakeBytesCodec();

}  // namespace entrepot
