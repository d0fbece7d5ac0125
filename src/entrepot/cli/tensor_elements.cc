#include "entrepot/cli/tensor_elements_internal.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <arrow/buffer.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include "entrepot/cli/arrow_cell_internal.h"
#include "entrepot/cli/display_width_internal.h"
#include "entrepot/clock.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;
using ByteVector = std::vector<unsigned char>;

template <typename T>
T As(const unsigned char* bytes) {
  T number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

std::int64_t SignedFrom(const ByteVector& bytes) {
  switch (bytes.size()) {
    case 1:
      return As<std::int8_t>(bytes.data());
    case 2:
      return As<std::int16_t>(bytes.data());
    case 4:
      return As<std::int32_t>(bytes.data());
    default:
      return As<std::int64_t>(bytes.data());
  }
}

std::uint64_t UnsignedFrom(const ByteVector& bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
  return number;
}

double FloatFrom(const unsigned char* bytes, size_t size_bytes) {
  switch (size_bytes) {
    case 2:
      return arrow::util::Float16::FromBits(As<std::uint16_t>(bytes)).ToDouble();
    case 4:
      return As<float>(bytes);
    case 8:
      return As<double>(bytes);
    default:  // x86's 80 bits in 12 or 16 bytes.
      return static_cast<double>(As<long double>(bytes));
  }
}

std::string Utf8From(const ByteVector& ucs4) {
  std::string text;
  for (size_t i = 0; i + 4 <= ucs4.size(); i += 4) {
    const auto c = As<char32_t>(ucs4.data() + i);
    if (c == 0) break;  // Shorter texts are padded.
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += static_cast<char>(0xC0 | (c >> 6));
      text += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      text += static_cast<char>(0xE0 | (c >> 12));
      text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (c & 0x3F));
    } else {
      text += static_cast<char>(0xF0 | (c >> 18));
      text += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return text;
}

/// Returns a point in time as ISO 8601; as its number and unit where it has no such text.
std::string TimeText(std::int64_t number, const std::string& unit) {
  struct Unit {
    const char* name;
    std::int64_t per_second;  // Negative: seconds per unit.
    int digits;               // Of the fraction.
  };
  constexpr Unit kUnits[] = {
      {"D", -86'400, 0}, {"h", -3'600, 0},     {"m", -60, 0},           {"s", 1, 0},
      {"ms", 1'000, 3},  {"us", 1'000'000, 6}, {"ns", 1'000'000'000, 9}};
  const auto* found = std::ranges::find(kUnits, unit, &Unit::name);
  std::int64_t micros = 0;
  std::int64_t rest = 0;  // Of a second, in the unit.
  std::int64_t seconds = 0;
  bool overflows = found == std::end(kUnits);
  if (!overflows && found->per_second < 0) {
    overflows = __builtin_mul_overflow(number, -found->per_second, &seconds);
  } else if (!overflows) {
    seconds = number / found->per_second;
    rest = number % found->per_second;
    if (rest < 0) {
      rest += found->per_second;
      --seconds;
    }
  }
  overflows =
      overflows || __builtin_mul_overflow(seconds, std::int64_t{1'000'000}, &micros);
  if (overflows) return fmt::format("{} {}", number, unit);
  const std::string utc = FormatUtc(micros);
  if (unit == "D") return utc.substr(0, utc.find('T'));
  const std::string whole = utc.substr(0, utc.find('.'));
  return found->digits == 0 ? whole
                            : fmt::format("{}.{:0{}}", whole, rest, found->digits);
}

}  // namespace

TensorElements::TensorElements(const Tensor& tensor) : tensor_(tensor) {
  const auto& shape = tensor.shape();
  strides_.resize(shape.size());
  std::int64_t stride = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const size_t d = tensor.order() == MemoryOrder::kFortran ? i : shape.size() - 1 - i;
    strides_[d] = stride;
    stride *= std::max<std::int64_t>(shape[d], 1);
  }
  const std::string descr = tensor.type().ToString();
  const size_t bracket = descr.find('[');
  if (bracket != std::string::npos) {
    unit_ = descr.substr(bracket + 1, descr.size() - bracket - 2);
  }
}

ByteVector TensorElements::Bytes(std::span<const std::int64_t> index) const {
  std::int64_t element = 0;
  for (size_t d = 0; d < index.size(); ++d) element += index[d] * strides_[d];
  const auto size = static_cast<size_t>(tensor_.type().size_bytes());
  const unsigned char* first =
      tensor_.data()->data() + element * tensor_.type().size_bytes();
  ByteVector bytes(first, first + size);
  const char kind = tensor_.type().kind();
  if (tensor_.type().byte_order() == '>' && kind != 'S' && kind != 'V') {
    const size_t unit = kind == 'c' ? size / 2 : kind == 'U' ? 4 : size;
    for (size_t i = 0; unit > 0 && i + unit <= size; i += unit) {
      std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                   bytes.begin() + static_cast<std::ptrdiff_t>(i + unit));
    }
  }
  return bytes;
}

std::string TensorElements::Text(std::span<const std::int64_t> index) const {
  const ByteVector bytes = Bytes(index);
  switch (tensor_.type().kind()) {
    case 'b':
      return bytes[0] != 0 ? "true" : "false";
    case 'i':
      return fmt::format("{}", SignedFrom(bytes));
    case 'u':
      return fmt::format("{}", UnsignedFrom(bytes));
    case 'f':
      return NumberText(FloatFrom(bytes.data(), bytes.size()));
    case 'c': {
      const size_t half = bytes.size() / 2;
      const std::string imaginary = NumberText(FloatFrom(bytes.data() + half, half));
      return fmt::format("{}{}{}i", NumberText(FloatFrom(bytes.data(), half)),
                         imaginary.starts_with('-') ? "" : "+", imaginary);
    }
    case 'm':
    case 'M': {
      const std::int64_t number = SignedFrom(bytes);
      if (number == std::numeric_limits<std::int64_t>::min()) return "NaT";
      return tensor_.type().kind() == 'M' ? TimeText(number, unit_)
                                          : fmt::format("{} {}", number, unit_);
    }
    case 'U':
      return Printable(Utf8From(bytes));
    case 'S':
      return Printable(
          {reinterpret_cast<const char*>(bytes.data()),
           static_cast<size_t>(std::ranges::find(bytes, 0) - bytes.begin())});
    default: {
      std::string hex = "0x";
      for (const unsigned char byte : bytes) hex += fmt::format("{:02x}", byte);
      return hex;
    }
  }
}

Json TensorElements::AsJson(std::span<const std::int64_t> index) const {
  const ByteVector bytes = Bytes(index);
  switch (tensor_.type().kind()) {
    case 'b':
      return bytes[0] != 0;
    case 'i':
      return SignedFrom(bytes);
    case 'u':
      return UnsignedFrom(bytes);
    case 'f':
      return NumberJson(FloatFrom(bytes.data(), bytes.size()));
    case 'c': {
      const size_t half = bytes.size() / 2;
      return Json::array({NumberJson(FloatFrom(bytes.data(), half)),
                          NumberJson(FloatFrom(bytes.data() + half, half))});
    }
    case 'U':
      return Utf8From(bytes);
    default:
      return Text(index);
  }
}

std::string TensorElements::TypeName(const ElementType& type) {
  const std::int64_t bits = type.size_bytes() * 8;
  const std::string descr = type.ToString();
  const std::string unit =
      descr.find('[') == std::string::npos ? "" : descr.substr(descr.find('['));
  std::string name;
  switch (type.kind()) {
    case 'b':
      name = "bool";
      break;
    case 'i':
      name = fmt::format("int{}", bits);
      break;
    case 'u':
      name = fmt::format("uint{}", bits);
      break;
    case 'f':
      name = fmt::format("float{}", bits);
      break;
    case 'c':
      name = fmt::format("complex{}", bits);
      break;
    case 'm':
      name = "timedelta64" + unit;
      break;
    case 'M':
      name = "datetime64" + unit;
      break;
    case 'U':
      name = fmt::format("text of {}", type.size_bytes() / 4);
      break;
    default:
      name = fmt::format("bytes of {}", type.size_bytes());
  }
  return type.byte_order() == '>' ? name + ", big-endian" : name;
}

}  // namespace entrepot::internal
