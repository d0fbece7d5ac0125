#include "entrepot/value/tensor.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include <arrow/buffer.h>
#include <arrow/tensor.h>
#include <arrow/type.h>

#include "entrepot/arrow_result.h"

namespace entrepot {
namespace {

/// Returns shape's element count, or nullopt where it overflows or is negative.
std::optional<std::int64_t> CountElements(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  bool overflows = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    overflows |= __builtin_mul_overflow(count, extent, &count);
  }
  const bool is_empty = std::ranges::find(shape, 0) != shape.end();
  if (is_empty) return 0;
  return overflows ? std::nullopt : std::optional(count);
}

Result<std::shared_ptr<arrow::Buffer>> Allocate(std::int64_t size_bytes) {
  ENTREPOT_ASSIGN_OR_RETURN(auto buffer, arrow::AllocateBuffer(size_bytes));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

Result<ElementType> FromArrowType(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return ElementType::Of<std::int8_t>();
    case arrow::Type::INT16:
      return ElementType::Of<std::int16_t>();
    case arrow::Type::INT32:
      return ElementType::Of<std::int32_t>();
    case arrow::Type::INT64:
      return ElementType::Of<std::int64_t>();
    case arrow::Type::UINT8:
      return ElementType::Of<std::uint8_t>();
    case arrow::Type::UINT16:
      return ElementType::Of<std::uint16_t>();
    case arrow::Type::UINT32:
      return ElementType::Of<std::uint32_t>();
    case arrow::Type::UINT64:
      return ElementType::Of<std::uint64_t>();
    case arrow::Type::HALF_FLOAT:
      return ElementType::Parse("<f2");
    case arrow::Type::FLOAT:
      return ElementType::Of<float>();
    case arrow::Type::DOUBLE:
      return ElementType::Of<double>();
    default:
      return Unsupported("tensors of Arrow type '{}' are not supported", type.ToString());
  }
}

std::shared_ptr<arrow::DataType> ToArrowType(const ElementType& type) {
  const std::string descr = type.ToString();
  if (descr == "|i1") return arrow::int8();
  if (descr == "<i2") return arrow::int16();
  if (descr == "<i4") return arrow::int32();
  if (descr == "<i8") return arrow::int64();
  if (descr == "|u1") return arrow::uint8();
  if (descr == "<u2") return arrow::uint16();
  if (descr == "<u4") return arrow::uint32();
  if (descr == "<u8") return arrow::uint64();
  if (descr == "<f2") return arrow::float16();
  if (descr == "<f4") return arrow::float32();
  if (descr == "<f8") return arrow::float64();
  return nullptr;
}

// Copies a strided array into C order, depth first over its dimensions.
void CopyStrided(const arrow::Tensor& tensor, size_t dimension, const std::uint8_t* from,
                 std::int64_t element_bytes, std::uint8_t*& to) {
  if (dimension == tensor.shape().size()) {
    std::memcpy(to, from, static_cast<size_t>(element_bytes));
    to += element_bytes;
    return;
  }
  for (std::int64_t i = 0; i < tensor.shape()[dimension]; ++i) {
    CopyStrided(tensor, dimension + 1, from + i * tensor.strides()[dimension],
                element_bytes, to);
  }
}

/// Whether numpy has elements of that kind and so many bytes ('U': bytes of four each).
bool HasSize(char kind, std::int64_t size_bytes) {
  const auto is_one_of = [&](std::initializer_list<std::int64_t> sizes) {
    return std::ranges::find(sizes, size_bytes) != sizes.end();
  };
  switch (kind) {
    case 'b':
      return is_one_of({1});
    case 'i':
    case 'u':
      return is_one_of({1, 2, 4, 8});
    case 'f':
      return is_one_of({2, 4, 8, 12, 16});
    case 'c':
      return is_one_of({8, 16, 24, 32});
    case 'm':
    case 'M':
      return is_one_of({8});
    default:
      return true;
  }
}

/// Whether `text` is a unit of times as numpy writes it: "[ns]", "[25s]", or none.
bool IsTimeUnit(std::string_view text) {
  if (text.empty()) return true;
  if (!text.starts_with('[') || !text.ends_with(']')) return false;
  text = text.substr(1, text.size() - 2);
  text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
  constexpr std::string_view kUnits[] = {"Y",  "M",  "W",  "D",  "h",  "m", "s",
                                         "ms", "us", "ns", "ps", "fs", "as"};
  return std::ranges::find(kUnits, text) != std::end(kUnits);
}

}  // namespace

Result<ElementType> ElementType::Parse(std::string_view descr) {
  const auto invalid = [&] { return Invalid("not an element type: '{}'", descr); };
  if (descr.size() < 3) return invalid();
  const char order = descr[0];
  const char kind = descr[1];
  if (std::string_view("<>|").find(order) == std::string_view::npos) return invalid();
  if (kind == 'O')
    return Unsupported("tensors of objects are not supported: '{}'", descr);
  if (std::string_view("biufcmMUSV").find(kind) == std::string_view::npos)
    return invalid();
  std::int64_t size = 0;
  const char* end = descr.data() + descr.size();
  const auto [rest, failure] = std::from_chars(descr.data() + 2, end, size);
  if (failure != std::errc() || size < 0 || size > (std::int64_t{1} << 30))
    return invalid();
  const std::string unit(rest, end);
  const bool is_time = kind == 'm' || kind == 'M';
  if (!HasSize(kind, size) || !(is_time ? IsTimeUnit(unit) : unit.empty()))
    return invalid();
  return ElementType(order, kind, kind == 'U' ? size * 4 : size, unit);
}

std::string ElementType::ToString() const {
  return fmt::format("{}{}{}{}", byte_order_, kind_,
                     kind_ == 'U' ? size_bytes_ / 4 : size_bytes_, unit_);
}

Result<Tensor> Tensor::Make(ElementType type, std::vector<std::int64_t> shape,
                            MemoryOrder order, std::shared_ptr<arrow::Buffer> data) {
  const auto count = CountElements(shape);
  std::int64_t size_bytes = 0;
  if (!count || __builtin_mul_overflow(*count, type.size_bytes(), &size_bytes)) {
    return Invalid("tensor shape is negative or too large: [{}]", fmt::join(shape, ", "));
  }
  if (data->size() != size_bytes) {
    return Invalid("tensor of shape [{}] and type '{}' needs {} bytes, not {}",
                   fmt::join(shape, ", "), type.ToString(), size_bytes, data->size());
  }
  return Tensor(std::move(type), std::move(shape), order, std::move(data));
}

Result<Tensor> Tensor::CopyFrom(ElementType type, std::vector<std::int64_t> shape,
                                std::span<const std::byte> bytes) {
  ENTREPOT_ASSIGN_OR_RETURN(auto buffer,
                            Allocate(static_cast<std::int64_t>(bytes.size())));
  if (!bytes.empty()) std::memcpy(buffer->mutable_data(), bytes.data(), bytes.size());
  return Make(std::move(type), std::move(shape), MemoryOrder::kC, std::move(buffer));
}

Result<Tensor> Tensor::FromArrow(const arrow::Tensor& tensor) {
  ENTREPOT_ASSIGN_OR_RETURN(ElementType type, FromArrowType(*tensor.type()));
  const std::int64_t size_bytes = tensor.size() * type.size_bytes();
  ENTREPOT_ASSIGN_OR_RETURN(auto buffer, Allocate(size_bytes));
  const bool is_fortran = tensor.is_column_major() && !tensor.is_row_major();
  if (tensor.is_contiguous()) {
    if (size_bytes > 0) {
      std::memcpy(buffer->mutable_data(), tensor.raw_data(),
                  static_cast<size_t>(size_bytes));
    }
  } else {
    std::uint8_t* to = buffer->mutable_data();
    CopyStrided(tensor, 0, tensor.raw_data(), type.size_bytes(), to);
  }
  const auto order =
      tensor.is_contiguous() && is_fortran ? MemoryOrder::kFortran : MemoryOrder::kC;
  return Make(std::move(type), tensor.shape(), order, std::move(buffer));
}

Result<std::shared_ptr<arrow::Tensor>> Tensor::ToArrow() const {
  const auto type = ToArrowType(type_);
  if (!type)
    return Unsupported("Arrow has no tensors of element type '{}'", type_.ToString());
  std::vector<std::int64_t> strides(shape_.size());
  std::int64_t stride = type_.size_bytes();
  for (size_t i = 0; i < shape_.size(); ++i) {
    const size_t d = order_ == MemoryOrder::kFortran ? i : shape_.size() - 1 - i;
    strides[d] = stride;
    stride *= std::max<std::int64_t>(shape_[d], 1);
  }
  return entrepot::FromArrow(arrow::Tensor::Make(type, data_, shape_, strides));
}

std::int64_t Tensor::num_elements() const { return CountElements(shape_).value_or(0); }

Status Tensor::CheckElements(const ElementType& wanted) const {
  if (wanted == type_) return {};
  return Invalid("tensor holds elements of type '{}', not '{}'", type_.ToString(),
                 wanted.ToString());
}

const void* Tensor::address() const { return data_->data(); }

}  // namespace entrepot
