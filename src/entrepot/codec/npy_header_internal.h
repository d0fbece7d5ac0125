#pragma once

/// \file entrepot/codec/npy_header_internal.h
/// The header of a .npy file: what the array's bytes are.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "entrepot/result.h"
#include "entrepot/value/tensor.h"

namespace entrepot {

/// What a header says.
struct NpyHeader {
  ElementType type;
  std::vector<std::int64_t> shape;
  MemoryOrder order;
};

/// Bytes before a header's text at most; enough to know how long the text is.
inline constexpr std::int64_t kNpyPrefixBytes = 12;

/// Where the text of a header lies.
struct NpyHeaderExtent {
  std::int64_t text_begin;  ///< After magic, version and length.
  std::int64_t text_end;    ///< Where the data begins.
};

/// Returns the header as numpy writes it, the same bytes, up to the data.
std::string WriteNpyHeader(const NpyHeader& header);

/// Reads the first kNpyPrefixBytes (or the whole file, where that is less).
///
/// Errors: kCorrupt      not a .npy file
///         kUnsupported  a later version of the format
Result<NpyHeaderExtent> ReadNpyPrefix(std::string_view bytes);

/// Reads the text of a header.
///
/// Errors: kCorrupt      not such a header
///         kUnsupported  elements that are structures or objects
Result<NpyHeader> ReadNpyHeader(std::string_view text);

}  // namespace entrepot
