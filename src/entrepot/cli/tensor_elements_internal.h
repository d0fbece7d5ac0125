#pragma once

/// \file entrepot/cli/tensor_elements_internal.h
/// The elements of a tensor one by one, whatever their type, byte order and memory order.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "entrepot/value/tensor.h"

namespace entrepot::internal {

/// Borrows the tensor. Concurrent const use only.
class TensorElements {
 public:
  explicit TensorElements(const Tensor& tensor);

  /// Returns an element as text on one line; `index` has one entry for each dimension.
  std::string Text(std::span<const std::int64_t> index) const;

  /// Returns an element as JSON: numbers and bool as such (not-finite ones as text),
  /// complex numbers as [real, imaginary], all else as text.
  nlohmann::ordered_json AsJson(std::span<const std::int64_t> index) const;

  /// Returns a type's name in words, e.g. "float64", "datetime64[ns]", "text of 5"; with
  /// "big-endian" where it is.
  static std::string TypeName(const ElementType& type);

 private:
  /// The element's bytes, little-endian.
  std::vector<unsigned char> Bytes(std::span<const std::int64_t> index) const;

  const Tensor& tensor_;
  std::vector<std::int64_t> strides_;  // In elements.
  std::string unit_;                   // "ns", "25s" of times; else "".
};

}  // namespace entrepot::internal
