#pragma once

/// \file entrepot/codec/text_codec.h
/// Text as UTF-8 (docs/formats/text_and_bytes.md).

#include <memory>

#include "entrepot/codec/codec.h"

namespace entrepot {

/// Returns the codec of format "text", for text values.
std::shared_ptr<const Codec> MakeTextCodec();

}  // namespace entrepot
