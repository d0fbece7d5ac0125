#pragma once

/// \file entrepot/value/tensor.h
/// N-dimensional arrays of fixed-size elements.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <arrow/type_fwd.h>

#include "entrepot/result.h"

namespace entrepot {

/// The type of a tensor's elements, in numpy's array-protocol spelling: byte order ('<'
/// little, '>' big, '|' none), kind ('b' bool, 'i' int, 'u' unsigned, 'f' float, 'c'
/// complex, 'm' duration, 'M' time, 'U' text, 'S' bytes, 'V' raw), size, and for times a
/// unit: "<f8", "|b1", "<M8[ns]", "<U5". Source: numpy's array interface, version 3.
/// Immutable; safe for concurrent use.
class ElementType {
 public:
  /// Errors: kInvalid      not such a spelling
  ///         kUnsupported  a structured or object type
  static Result<ElementType> Parse(std::string_view descr);

  /// Returns the type of a C++ number.
  template <typename T>
    requires std::is_arithmetic_v<T>
  static ElementType Of() {
    const char kind = std::is_same_v<T, bool>       ? 'b'
                      : std::is_floating_point_v<T> ? 'f'
                      : std::is_signed_v<T>         ? 'i'
                                                    : 'u';
    return ElementType(sizeof(T) == 1 ? '|' : '<', kind, sizeof(T), "");
  }

  char byte_order() const { return byte_order_; }
  char kind() const { return kind_; }

  /// Bytes of one element.
  std::int64_t size_bytes() const { return size_bytes_; }

  /// Returns numpy's spelling.
  std::string ToString() const;

  friend bool operator==(const ElementType&, const ElementType&) = default;

 private:
  ElementType(char byte_order, char kind, std::int64_t size_bytes, std::string unit)
      : byte_order_(byte_order),
        kind_(kind),
        size_bytes_(size_bytes),
        unit_(std::move(unit)) {}

  char byte_order_;
  char kind_;
  std::int64_t size_bytes_;
  std::string unit_;  // "[ns]", "[25s]" of times; else "".
};

/// The order in which a tensor's elements lie in memory.
enum class MemoryOrder {
  kC,        ///< The last index varies fastest.
  kFortran,  ///< The first index varies fastest.
};

/// A dense n-dimensional array over a shared buffer, without gaps. Copies share the
/// buffer. Concurrent const use only.
class Tensor {
 public:
  /// Takes a buffer of exactly the elements of `shape` (of no element where one is 0; one
  /// element for an empty shape).
  ///
  /// Errors: kInvalid  the buffer's size does not fit shape and type
  static Result<Tensor> Make(ElementType type, std::vector<std::int64_t> shape,
                             MemoryOrder order, std::shared_ptr<arrow::Buffer> data);

  /// Copies `elements` (in C order) into a tensor of `shape`.
  ///
  /// Errors: kInvalid  the number of elements does not fit the shape
  template <typename T>
    requires std::is_arithmetic_v<T>
  static Result<Tensor> FromElements(std::span<const T> elements,
                                     std::vector<std::int64_t> shape) {
    return CopyFrom(ElementType::Of<T>(), std::move(shape), std::as_bytes(elements));
  }

  /// Copies an Arrow tensor of any strides.
  static Result<Tensor> FromArrow(const arrow::Tensor& tensor);

  /// Returns an Arrow tensor over the same buffer.
  ///
  /// Errors: kUnsupported  Arrow has no such element type
  Result<std::shared_ptr<arrow::Tensor>> ToArrow() const;

  const ElementType& type() const { return type_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  MemoryOrder order() const { return order_; }
  std::int64_t num_elements() const;
  const std::shared_ptr<arrow::Buffer>& data() const { return data_; }

  /// Returns the elements in memory order.
  ///
  /// Errors: kInvalid  the elements are not T
  template <typename T>
    requires std::is_arithmetic_v<T>
  Result<std::span<const T>> Elements() const {
    ENTREPOT_RETURN_IF_ERROR(CheckElements(ElementType::Of<T>()));
    return std::span<const T>(static_cast<const T*>(address()),
                              static_cast<size_t>(num_elements()));
  }

 private:
  Tensor(ElementType type, std::vector<std::int64_t> shape, MemoryOrder order,
         std::shared_ptr<arrow::Buffer> data)
      : type_(std::move(type)),
        shape_(std::move(shape)),
        order_(order),
        data_(std::move(data)) {}

  static Result<Tensor> CopyFrom(ElementType type, std::vector<std::int64_t> shape,
                                 std::span<const std::byte> bytes);
  Status CheckElements(const ElementType& wanted) const;
  const void* address() const;

  ElementType type_;
  std::vector<std::int64_t> shape_;
  MemoryOrder order_;
  std::shared_ptr<arrow::Buffer> data_;
};

}  // namespace entrepot
