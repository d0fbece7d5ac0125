#pragma once

/// \file entrepot/io/file_formats_internal.h
/// The formats of what is stored as it came: files and folders.

#include <memory>

#include "entrepot/codec/file_codec.h"

namespace entrepot {

inline constexpr char kFileFormat[] = "file";
inline constexpr char kFolderFormat[] = "folder";

/// What any file is, whatever its extension.
inline const std::shared_ptr<const Codec>& AnyFileCodec() {
  static const std::shared_ptr<const Codec> codec = MakeFileCodec();
  return codec;
}

}  // namespace entrepot
