#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include <arrow/array/array_base.h>
#include <arrow/buffer.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include "entrepot/cli/arrow_cell_internal.h"
#include "entrepot/cli/display_width_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kListItems = 8;
constexpr size_t kHexBytes = 16;

/// Returns what a dictionary, extension or run-end encoded value stands for; null for
/// others.
std::shared_ptr<arrow::Scalar> Encoded(const arrow::Scalar& cell) {
  switch (cell.type->id()) {
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryScalar&>(cell);
      return dictionary.GetEncodedValue().ValueOr(nullptr);
    }
    case arrow::Type::EXTENSION:
      return static_cast<const arrow::ExtensionScalar&>(cell).value;
    case arrow::Type::RUN_END_ENCODED:
      return static_cast<const arrow::RunEndEncodedScalar&>(cell).value;
    default:
      return nullptr;
  }
}

std::optional<double> Float(const arrow::Scalar& cell) {
  switch (cell.type->id()) {
    case arrow::Type::HALF_FLOAT:
      return arrow::util::Float16::FromBits(
                 static_cast<const arrow::HalfFloatScalar&>(cell).value)
          .ToDouble();
    case arrow::Type::FLOAT:
      return static_cast<const arrow::FloatScalar&>(cell).value;
    case arrow::Type::DOUBLE:
      return static_cast<const arrow::DoubleScalar&>(cell).value;
    default:
      return std::nullopt;
  }
}

bool IsText(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING ||
         type.id() == arrow::Type::STRING_VIEW;
}

bool IsBytes(const arrow::DataType& type) {
  return type.id() == arrow::Type::BINARY || type.id() == arrow::Type::LARGE_BINARY ||
         type.id() == arrow::Type::BINARY_VIEW ||
         type.id() == arrow::Type::FIXED_SIZE_BINARY;
}

std::string_view Bytes(const arrow::Scalar& cell) {
  const auto& buffer = static_cast<const arrow::BaseBinaryScalar&>(cell).value;
  return {reinterpret_cast<const char*>(buffer->data()),
          static_cast<size_t>(buffer->size())};
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::shared_ptr<arrow::Array> Items(const arrow::Scalar& cell) {
  switch (cell.type->id()) {
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::MAP:
      return static_cast<const arrow::BaseListScalar&>(cell).value;
    default:
      return nullptr;
  }
}

std::string ListText(const arrow::Array& items) {
  std::string text = "[";
  for (std::int64_t i = 0; i < items.length(); ++i) {
    if (i > 0) text += ", ";
    if (i == kListItems) return text + "…]";
    const auto item = items.GetScalar(i);
    text += item.ok() ? CellText(**item) : "?";
  }
  return text + "]";
}

/// Returns a time of day without the zeros at the end of its fraction of a second.
std::string WithoutZeros(std::string time) {
  const size_t dot = time.find('.');
  if (dot == std::string::npos) return time;
  const size_t end = std::min(time.find_first_not_of("0123456789", dot + 1), time.size());
  const size_t last = time.find_last_not_of('0', end - 1);
  const size_t keep = last == dot ? dot : last + 1;
  return time.erase(keep, end - keep);
}

bool IsTime(const arrow::DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP || arrow::is_time(type.id());
}

}  // namespace

std::string NumberText(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  const std::string exact = fmt::format("{}", number);
  return exact.size() <= 9 ? exact : fmt::format("{:.6g}", number);
}

Json NumberJson(double number) {
  if (std::isfinite(number)) return number;
  return NumberText(number);
}

std::string CellText(const arrow::Scalar& cell) {
  if (!cell.is_valid) return "null";
  if (const auto encoded = Encoded(cell)) return CellText(*encoded);
  if (const auto number = Float(cell)) return NumberText(*number);
  if (IsText(*cell.type)) return Printable(Bytes(cell));
  if (IsBytes(*cell.type)) {
    const std::string_view bytes = Bytes(cell);
    return "0x" + Hex(bytes.substr(0, kHexBytes)) + (bytes.size() > kHexBytes ? "…" : "");
  }
  if (const auto items = Items(cell)) return ListText(*items);
  if (cell.type->id() == arrow::Type::STRUCT) {
    const auto& fields = static_cast<const arrow::StructScalar&>(cell).value;
    std::string text = "{";
    for (size_t i = 0; i < fields.size(); ++i) {
      text += fmt::format("{}{}: {}", i == 0 ? "" : ", ",
                          Printable(cell.type->field(static_cast<int>(i))->name()),
                          CellText(*fields[i]));
    }
    return text + "}";
  }
  if (IsTime(*cell.type)) return WithoutZeros(cell.ToString());
  return Printable(cell.ToString());
}

Json CellJson(const arrow::Scalar& cell) {
  if (!cell.is_valid) return nullptr;
  if (const auto encoded = Encoded(cell)) return CellJson(*encoded);
  if (const auto number = Float(cell)) return NumberJson(*number);
  if (cell.type->id() == arrow::Type::BOOL) {
    return static_cast<const arrow::BooleanScalar&>(cell).value;
  }
  if (arrow::is_integer(cell.type->id())) return Json::parse(cell.ToString());
  if (IsText(*cell.type)) return std::string(Bytes(cell));
  if (IsBytes(*cell.type)) return Hex(Bytes(cell));
  if (const auto items = Items(cell)) {
    Json json = Json::array();
    for (std::int64_t i = 0; i < items->length(); ++i) {
      const auto item = items->GetScalar(i);
      json.push_back(item.ok() ? CellJson(**item) : Json());
    }
    return json;
  }
  if (cell.type->id() == arrow::Type::STRUCT) {
    const auto& fields = static_cast<const arrow::StructScalar&>(cell).value;
    Json json = Json::object();
    for (size_t i = 0; i < fields.size(); ++i) {
      json[cell.type->field(static_cast<int>(i))->name()] = CellJson(*fields[i]);
    }
    return json;
  }
  return cell.ToString();
}

std::string TypeText(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    const auto& dictionary = static_cast<const arrow::DictionaryType&>(type);
    return fmt::format("dictionary<{}>", TypeText(*dictionary.value_type()));
  }
  return Printable(type.ToString());
}

bool IsNumber(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) ||
         arrow::is_decimal(type.id());
}

}  // namespace entrepot::internal
