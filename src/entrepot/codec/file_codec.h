#pragma once

/// \file entrepot/codec/file_codec.h
/// Files as they are, docs/formats/file.md.

#include <memory>

#include "entrepot/codec/codec.h"

namespace entrepot {

/// Takes values of kind "file". Decodes to the path of the file itself where the request
/// has one, else to a temporary copy.
std::shared_ptr<const Codec> MakeFileCodec();

}  // namespace entrepot
