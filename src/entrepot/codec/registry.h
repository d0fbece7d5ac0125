#pragma once

/// \file entrepot/codec/registry.h
/// The codecs that are there, in order of preference.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "entrepot/codec/codec.h"
#include "entrepot/value/traits.h"

namespace entrepot {

/// A type of values, for choosing their codec. Plain data.
struct ValueType {
  std::string name;                       ///< For messages.
  std::function<bool(const Value&)> has;  ///< Whether a value is of it. Must be fast.

  /// The type that producers call `name`: "pandas.DataFrame", "arrow::Table".
  static ValueType Named(std::string name);

  /// The C++ type T, which flows as an object or as what its ValueTraits make of it.
  template <typename T>
  static ValueType Of() {
    ValueType type = Named(internal::CppTypeName(typeid(T)));
    type.has = [named = std::move(type.has)](const Value& value) {
      if (value.kind() != ValueKind::kForeign) return named(value);
      return value.foreign()->identity() == typeid(T);
    };
    return type;
  }
};

/// A codec that alone stores the values of a type. Plain data.
struct AssignedCodec {
  ValueType type;
  std::shared_ptr<const Codec> codec;
};

/// A list of codecs: a value, copied into whoever uses it. Concurrent const use only.
class CodecRegistry {
 public:
  /// parquet, arrow, npy, json, text, bytes, file.
  static CodecRegistry WithBuiltins();

  /// Adds a codec behind those that are there.
  ///
  /// Errors: kConflict  its format or extension is registered already
  Status Register(std::shared_ptr<const Codec> codec);

  /// Makes the codec of `format` the only one that stores values of `type`, and asks it
  /// before anything else is made of them. Of two types that a value has, the one that
  /// was assigned first counts.
  ///
  /// Errors: kInvalid  there is no codec of that format (the nearest is named)
  Status Assign(ValueType type, std::string_view format);

  /// The same for a codec that is registered here, unless it is already.
  ///
  /// Errors: as Register
  Status Assign(ValueType type, std::shared_ptr<const Codec> codec);

  /// Returns what is assigned to the type of `value`, or null.
  const AssignedCodec* AssignedTo(const Value& value) const;

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
  std::span<const AssignedCodec> assigned() const { return assigned_; }

 private:
  std::vector<std::shared_ptr<const Codec>> codecs_;
  std::vector<AssignedCodec> assigned_;
};

}  // namespace entrepot
