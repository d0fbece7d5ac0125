#pragma once

/// \file entrepot/codec/registry.h
/// The codecs that are there, in order of preference.

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "entrepot/codec/codec.h"

namespace entrepot {

/// A list of codecs: a value, copied into whoever uses it. Concurrent const use only.
class CodecRegistry {
 public:
  /// parquet, arrow, npy, json, text, bytes, file.
  static CodecRegistry WithBuiltins();

  /// Adds a codec behind those that are there.
  ///
  /// Errors: kConflict  its format or extension is registered already
  Status Register(std::shared_ptr<const Codec> codec);

  /// Returns a registry without the codecs whose files run code when they are loaded.
  CodecRegistry WithoutCode() const;

  /// Returns the first codec that takes `value`.
  ///
  /// Errors: kUnsupported  none does
  Result<std::shared_ptr<const Codec>> ForValue(const Value& value) const;

  /// Returns the codec of that format or extension, or null.
  std::shared_ptr<const Codec> ForFormat(std::string_view format) const;
  std::shared_ptr<const Codec> ForExtension(std::string_view extension) const;

  std::span<const std::shared_ptr<const Codec>> codecs() const { return codecs_; }

 private:
  std::vector<std::shared_ptr<const Codec>> codecs_;
};

}  // namespace entrepot
