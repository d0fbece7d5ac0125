#pragma once

/// \file entrepot/codec/object_codec.h
/// A file format for objects of a C++ type, made of two functions.
///
///   codecs.Assign(ValueType::Of<Mesh>(),
///                 MakeObjectCodec<Mesh>({.format = "mesh", .extension = "mesh",
///                                        .encode = WriteMesh, .decode = ReadMesh}))
///       .value();

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "entrepot/codec/codec.h"
#include "entrepot/value/traits.h"

namespace entrepot {

/// How objects of type T become the bytes of a file, and come back. Plain data.
template <typename T>
struct ObjectFormat {
  std::string format;     ///< Names it in receipts.
  std::string extension;  ///< Of its files, without dot.
  int version = 1;        ///< Of what encode writes.

  /// Return an error, or throw, for what cannot be written, or read.
  std::function<Result<std::string>(const T&)> encode;
  std::function<Result<T>(std::string_view)> decode;
};

namespace internal {

/// What MakeObjectCodec needs, with T's conversions in the functions.
struct ErasedFormat {
  std::string format;
  std::string extension;
  int version;
  std::function<bool(const Value&)> takes;
  std::function<Result<std::string>(const Value&)> encode;
  std::function<Result<Value>(std::string_view)> decode;
};

std::shared_ptr<const Codec> MakeErasedCodec(ErasedFormat format);

}  // namespace internal

/// Makes a codec that takes objects of type T, and only them.
template <typename T>
std::shared_ptr<const Codec> MakeObjectCodec(ObjectFormat<T> format) {
  return internal::MakeErasedCodec(
      {.format = std::move(format.format),
       .extension = std::move(format.extension),
       .version = format.version,
       .takes =
           [](const Value& value) {
             if (value.kind() == ValueKind::kForeign)
               return value.foreign()->identity() == typeid(T);
             return value.type() == internal::CppTypeName(typeid(T));
           },
       .encode = [encode = std::move(format.encode)](
                     const Value& value) -> Result<std::string> {
         ENTREPOT_ASSIGN_OR_RETURN(const T object, FromValue<T>(value));
         return encode(object);
       },
       .decode = [decode =
                      std::move(format.decode)](std::string_view bytes) -> Result<Value> {
         ENTREPOT_ASSIGN_OR_RETURN(T object, decode(bytes));
         return ToValue<T>(std::move(object));
       }});
}

}  // namespace entrepot
