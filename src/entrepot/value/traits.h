#pragma once

/// \file entrepot/value/traits.h
/// How C++ types become values and come back. A type gets a conversion by one of:
///
///   - being one listed below (tables, streams, tensors, files, text, bytes, numbers,
///     vectors of numbers);
///   - having to_json/from_json for nlohmann::json found by argument-dependent look-up;
///   - a specialisation of ValueTraits<T>:
///
///       template <>
///       struct entrepot::ValueTraits<Mesh> {
///         static Result<Value> ToValue(Mesh mesh);
///         static Result<Mesh> FromValue(const Value& value);
///       };
///
/// Any other movable type flows through memory only, as a C++ object.

#include <concepts>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>
#include <nlohmann/json.hpp>

#include "entrepot/value/value.h"

namespace entrepot {

/// Specialise for your own types; see above.
template <typename T>
struct ValueTraits;

namespace internal {

/// Returns the readable name of a C++ type.
std::string CppTypeName(const std::type_info& type);

/// Returns "cannot make a <wanted> from a value of kind '…' (type '…')"; where the value
/// is of a kind that only another language understands it says so.
Error WrongKind(const Value& value, std::string_view wanted);

Result<Value> JsonToValue(const nlohmann::json& json, std::string type);
Result<nlohmann::json> JsonFromValue(const Value& value);
Result<TablePtr> TableFromValue(const Value& value);
Result<std::string> TextFromValue(const Value& value);
Result<std::shared_ptr<arrow::Buffer>> BytesFromValue(const Value& value);
Result<RecordBatchReaderPtr> StreamFromValue(const Value& value);
Result<Tensor> TensorFromValue(const Value& value);
Result<Value> TableToValue(const TablePtr& table);
Result<Value> BatchToValue(const std::shared_ptr<arrow::RecordBatch>& batch);
Result<std::shared_ptr<arrow::RecordBatch>> BatchFromValue(const Value& value);
Result<Value> FileToValue(FilePath path);
Result<FilePath> FileFromValue(const Value& value);

template <typename T>
concept HasValueTraits = requires(const Value& value) {
  { ValueTraits<T>::FromValue(value) } -> std::same_as<Result<T>>;
};

template <typename T>
concept JsonConvertible = requires(const nlohmann::json& from, T& t) {
  nlohmann::json(std::as_const(t));
  { from.template get<T>() } -> std::same_as<T>;
};

template <typename T>
struct IsResult : std::false_type {};
template <typename T>
struct IsResult<Result<T>> : std::true_type {};

template <typename T>
struct IsNumberVector : std::false_type {};
template <typename T, typename A>
struct IsNumberVector<std::vector<T, A>>
    : std::bool_constant<std::is_arithmetic_v<T> && !std::is_same_v<T, bool>> {};

/// A C++ object without a conversion: shared through memory, never stored.
template <typename T>
class CppObject final : public ForeignObject {
 public:
  explicit CppObject(T object) : object_(std::move(object)) {}

  std::string type() const override { return CppTypeName(typeid(T)); }
  std::type_index identity() const override { return typeid(T); }
  Result<Value> ToStorable() const override {
    return Unsupported(
        "no codec for C++ type '{}'; specialise entrepot::ValueTraits, give it to_json "
        "and "
        "from_json, or keep it with the memory I/O manager",
        type());
  }
  std::optional<Value> HandedOver() const override { return std::nullopt; }
  std::int64_t size_bytes() const override { return sizeof(T); }

  const T& object() const { return object_; }

 private:
  T object_;
};

}  // namespace internal

template <>
struct ValueTraits<Value> {
  static Result<Value> ToValue(Value value) { return value; }
  static Result<Value> FromValue(const Value& value) { return value; }
};

template <>
struct ValueTraits<TablePtr> {
  static Result<Value> ToValue(const TablePtr& table) {
    return internal::TableToValue(table);
  }
  static Result<TablePtr> FromValue(const Value& value) {
    return internal::TableFromValue(value);
  }
};

template <>
struct ValueTraits<std::shared_ptr<arrow::RecordBatch>> {
  static Result<Value> ToValue(const std::shared_ptr<arrow::RecordBatch>& batch) {
    return internal::BatchToValue(batch);
  }
  static Result<std::shared_ptr<arrow::RecordBatch>> FromValue(const Value& value) {
    return internal::BatchFromValue(value);
  }
};

template <>
struct ValueTraits<RecordBatchReaderPtr> {
  static Result<Value> ToValue(RecordBatchReaderPtr reader) {
    if (!reader) return Invalid("the record batch reader is null");
    return Value::Stream(std::move(reader), "arrow::RecordBatchReader");
  }
  static Result<RecordBatchReaderPtr> FromValue(const Value& value) {
    return internal::StreamFromValue(value);
  }
};

template <>
struct ValueTraits<Tensor> {
  static Result<Value> ToValue(Tensor tensor) {
    return Value::Tensor(std::move(tensor), "entrepot::Tensor");
  }
  static Result<Tensor> FromValue(const Value& value) {
    return internal::TensorFromValue(value);
  }
};

template <>
struct ValueTraits<std::shared_ptr<arrow::Tensor>> {
  static Result<Value> ToValue(const std::shared_ptr<arrow::Tensor>& tensor) {
    if (!tensor) return Invalid("the tensor is null");
    ENTREPOT_ASSIGN_OR_RETURN(Tensor ours, Tensor::FromArrow(*tensor));
    return Value::Tensor(std::move(ours), "arrow::Tensor");
  }
  static Result<std::shared_ptr<arrow::Tensor>> FromValue(const Value& value) {
    ENTREPOT_ASSIGN_OR_RETURN(const Tensor tensor, internal::TensorFromValue(value));
    return tensor.ToArrow();
  }
};

template <>
struct ValueTraits<std::string> {
  static Result<Value> ToValue(std::string text) {
    return Value::Text(std::move(text), "std::string");
  }
  static Result<std::string> FromValue(const Value& value) {
    return internal::TextFromValue(value);
  }
};

template <>
struct ValueTraits<std::shared_ptr<arrow::Buffer>> {
  static Result<Value> ToValue(std::shared_ptr<arrow::Buffer> bytes) {
    if (!bytes) return Invalid("the buffer is null");
    return Value::Bytes(std::move(bytes), "arrow::Buffer");
  }
  static Result<std::shared_ptr<arrow::Buffer>> FromValue(const Value& value) {
    return internal::BytesFromValue(value);
  }
};

/// What is at the path when it becomes a value: a file, or a folder with all in it.
template <>
struct ValueTraits<FilePath> {
  static Result<Value> ToValue(FilePath path) {
    return internal::FileToValue(std::move(path));
  }
  static Result<FilePath> FromValue(const Value& value) {
    return internal::FileFromValue(value);
  }
};

/// As a FilePath, but what comes back does not keep a temporary alive.
template <>
struct ValueTraits<std::filesystem::path> {
  static Result<Value> ToValue(std::filesystem::path path) {
    return internal::FileToValue(FilePath(std::move(path)));
  }
  static Result<std::filesystem::path> FromValue(const Value& value) {
    ENTREPOT_ASSIGN_OR_RETURN(const FilePath file, internal::FileFromValue(value));
    return file.path();
  }
};

/// Several partitions of an asset, by key, in the order of their definition: what a
/// function takes that reads any number of them.
template <typename T>
struct Partitions {
  std::vector<std::pair<std::string, T>> entries;

  auto begin() const { return entries.begin(); }
  auto end() const { return entries.end(); }
  size_t size() const { return entries.size(); }

  /// Returns the value of a partition, or null.
  const T* Find(std::string_view key) const {
    for (const auto& [name, value] : entries) {
      if (name == key) return &value;
    }
    return nullptr;
  }
};

/// Returns a value as a C++ object.
///
/// Errors: kUnsupported  it is of another kind; those of the conversion
template <typename T>
Result<T> FromValue(const Value& value);

template <typename T>
struct ValueTraits<Partitions<T>> {
  static Result<Value> ToValue(Partitions<T>) {
    return Unsupported("a step makes one partition, not several");
  }
  static Result<Partitions<T>> FromValue(const Value& value) {
    Partitions<T> partitions;
    if (value.kind() == ValueKind::kNothing) return partitions;
    if (value.kind() != ValueKind::kMap) return internal::WrongKind(value, "partitions");
    for (const auto& [key, stored] : value.map()) {
      auto converted = entrepot::FromValue<T>(stored);
      if (!converted) return converted.error().While(fmt::format("partition '{}'", key));
      partitions.entries.emplace_back(key, *std::move(converted));
    }
    return partitions;
  }
};

template <>
struct ValueTraits<nlohmann::json> {
  static Result<Value> ToValue(const nlohmann::json& json) {
    return internal::JsonToValue(json, "nlohmann::json");
  }
  static Result<nlohmann::json> FromValue(const Value& value) {
    return internal::JsonFromValue(value);
  }
};

/// Vectors of numbers are one-dimensional tensors.
template <typename T>
  requires internal::IsNumberVector<T>::value
struct ValueTraits<T> {
  using Element = typename T::value_type;
  static Result<Value> ToValue(const T& elements) {
    ENTREPOT_ASSIGN_OR_RETURN(
        Tensor tensor,
        Tensor::FromElements(std::span<const Element>(elements),
                             {static_cast<std::int64_t>(elements.size())}));
    return Value::Tensor(std::move(tensor), internal::CppTypeName(typeid(T)));
  }
  static Result<T> FromValue(const Value& value) {
    ENTREPOT_ASSIGN_OR_RETURN(const Tensor tensor, internal::TensorFromValue(value));
    ENTREPOT_ASSIGN_OR_RETURN(const auto elements, tensor.template Elements<Element>());
    return T(elements.begin(), elements.end());
  }
};

/// Everything else that nlohmann::json converts, both ways: numbers, bool, maps, vectors
/// of strings, and types with to_json/from_json.
template <typename T>
  requires(!internal::IsNumberVector<T>::value && internal::JsonConvertible<T>)
struct ValueTraits<T> {
  static Result<Value> ToValue(const T& object) {
    try {
      return internal::JsonToValue(nlohmann::json(object),
                                   internal::CppTypeName(typeid(T)));
    } catch (const std::exception& e) {
      return Invalid("cannot write '{}' as JSON: {}", internal::CppTypeName(typeid(T)),
                     e.what());
    }
  }
  static Result<T> FromValue(const Value& value) {
    ENTREPOT_ASSIGN_OR_RETURN(const nlohmann::json json, internal::JsonFromValue(value));
    try {
      return json.get<T>();
    } catch (const std::exception& e) {
      return Invalid("cannot read '{}' from JSON: {}", internal::CppTypeName(typeid(T)),
                     e.what());
    }
  }
};

/// Returns the value of a C++ object: converted where T has a conversion, else the object
/// itself, which only memory can keep.
template <typename T>
Result<Value> ToValue(T object) {
  if constexpr (internal::HasValueTraits<T>) {
    return ValueTraits<T>::ToValue(std::move(object));
  } else {
    return Value::Foreign(std::make_shared<internal::CppObject<T>>(std::move(object)));
  }
}

/// Returns the C++ object of a value.
///
/// Errors: kInvalid  the value is of another kind or type
template <typename T>
Result<T> FromValue(const Value& value) {
  if constexpr (internal::HasValueTraits<T>) {
    return ValueTraits<T>::FromValue(value);
  } else {
    static_assert(std::is_copy_constructible_v<T>,
                  "entrepot: a type without ValueTraits must be copyable to be loaded");
    if (value.kind() == ValueKind::kForeign && value.foreign()->identity() == typeid(T)) {
      return static_cast<const internal::CppObject<T>&>(*value.foreign()).object();
    }
    return internal::WrongKind(value, internal::CppTypeName(typeid(T)));
  }
}

}  // namespace entrepot
