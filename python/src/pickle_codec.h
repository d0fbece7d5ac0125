#pragma once

/// \file python/src/pickle_codec.h
/// Python objects that no other format takes.

#include "entrepot/codec/registry.h"

namespace entrepot::python {

/// Pickle, protocol 5, by entrepot/_pickle.py. Safe for concurrent use.
std::shared_ptr<const Codec> MakePickleCodec();

/// The built-in codecs, then pickle.
CodecRegistry PythonCodecs();

}  // namespace entrepot::python
