#pragma once

/// \file entrepot/codec/parquet_codec.h
/// Tables and streams as Parquet (docs/formats/parquet.md).

#include <memory>

#include "entrepot/codec/codec.h"

namespace entrepot {

/// Returns the codec of format "parquet". It takes tables and streams whose schema
/// Parquet gives back exactly, and writes with columns encoded in parallel on Arrow's CPU
/// pool.
std::shared_ptr<const Codec> MakeParquetCodec();

}  // namespace entrepot
