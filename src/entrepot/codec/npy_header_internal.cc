/// \file entrepot/codec/npy_header_internal.cc
/// The header of numpy's .npy format, versions 1.0 to 3.0:
///
///   "\x93NUMPY"  6 bytes
///   version      2 bytes: 1 0, 2 0 or 3 0
///   length       2 bytes in version 1.0, else 4; little-endian: of the text
///   text         a Python dict, {'descr': '<f8', 'fortran_order': False, 'shape': (3,
///   4), },
///                spaces, and a line feed, such that the data begins at a multiple of 64
///
/// Version 2.0 is for texts that are too long for 1.0; 3.0 differs from it only for
/// structures with names that are not Latin-1, which tensors cannot have. Like numpy we
/// leave spaces for the growth of the outermost extent, so equal arrays give equal files.
///
/// Read is a strict subset of Python: exactly those three keys in any order, strings
/// without escapes, True and False, tuples of non-negative decimal integers.

#include "entrepot/codec/npy_header_internal.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace entrepot {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kVersionBytes = 2;
constexpr size_t kAlignmentBytes = 64;

// numpy reserves room for 21 digits of the extent that appending would change.
constexpr size_t kGrowthDigits = 21;

std::string ToTuple(const std::vector<std::int64_t>& shape) {
  return shape.size() == 1 ? fmt::format("({},)", shape[0])
                           : fmt::format("({})", fmt::join(shape, ", "));
}

std::string GrowthSpaces(const NpyHeader& header) {
  if (header.shape.empty()) return "";
  const std::int64_t extent =
      header.order == MemoryOrder::kFortran ? header.shape.back() : header.shape.front();
  return std::string(kGrowthDigits - fmt::format("{}", extent).size(), ' ');
}

std::string LittleEndian(size_t number, size_t num_bytes) {
  std::string bytes;
  for (size_t i = 0; i < num_bytes; ++i)
    bytes += static_cast<char>(number >> (8 * i) & 0xff);
  return bytes;
}

size_t ReadLittleEndian(std::string_view bytes) {
  size_t number = 0;
  for (size_t i = bytes.size(); i-- > 0;) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

// Walks over the text. Each Take… skips white space, then takes a token if it is there.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  bool Take(char token) {
    SkipSpace();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool Peek(char token) {
    SkipSpace();
    return rest_.starts_with(token);
  }

  bool AtEnd() {
    SkipSpace();
    return rest_.empty();
  }

  std::optional<std::string_view> TakeString() {
    SkipSpace();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return std::nullopt;
    const size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view text = rest_.substr(1, end - 1);
    if (text.find('\\') != std::string_view::npos) return std::nullopt;
    rest_.remove_prefix(end + 1);
    return text;
  }

  std::optional<bool> TakeBool() {
    if (TakeWord("True")) return true;
    if (TakeWord("False")) return false;
    return std::nullopt;
  }

  std::optional<std::int64_t> TakeExtent() {
    SkipSpace();
    if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') return std::nullopt;
    std::int64_t extent = 0;
    const auto [end, failure] =
        std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
    if (failure != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    // Python 2 marked long integers.
    if (rest_.starts_with('L')) rest_.remove_prefix(1);
    return extent;
  }

 private:
  bool TakeWord(std::string_view word) {
    SkipSpace();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  void SkipSpace() {
    const size_t begin = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(std::min(begin, rest_.size()));
  }

  std::string_view rest_;
};

std::optional<std::vector<std::int64_t>> TakeTuple(Parser& parser) {
  if (!parser.Take('(')) return std::nullopt;
  std::vector<std::int64_t> shape;
  bool has_comma = true;
  while (!parser.Peek(')')) {
    const auto extent = parser.TakeExtent();
    if (!has_comma || !extent) return std::nullopt;
    shape.push_back(*extent);
    has_comma = parser.Take(',');
  }
  // (3) is no tuple.
  if (shape.size() == 1 && !has_comma) return std::nullopt;
  (void)parser.Take(')');
  return shape;
}

// Numbers in a header that fit no array, and bytes that are no header.
Error NotAHeader(std::string_view text) {
  constexpr size_t kShown = 100;
  std::string shown(text.substr(0, kShown));
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return Corrupt("not the header of a .npy file: \"{}\"", shown);
}

Result<ElementType> ReadElementType(std::string_view descr) {
  // numpy drops the size of objects.
  if (descr.ends_with('O'))
    return Unsupported("tensors of objects are not supported: '{}'", descr);
  const auto type = ElementType::Parse(descr);
  if (!type && type.error().code() == ErrorCode::kInvalid) {
    return Corrupt("not an element type of a .npy file: '{}'", descr);
  }
  return type;
}

}  // namespace

std::string WriteNpyHeader(const NpyHeader& header) {
  std::string text = fmt::format(
      "{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", header.type.ToString(),
      header.order == MemoryOrder::kFortran ? "True" : "False", ToTuple(header.shape));
  text += GrowthSpaces(header);
  size_t length_bytes = 2;
  size_t before = kMagic.size() + kVersionBytes + length_bytes;
  // A text that is aligned already gets 64 spaces, as from numpy.
  const auto padding = [&] {
    return kAlignmentBytes - (before + text.size() + 1) % kAlignmentBytes;
  };
  if (text.size() + 1 + padding() > UINT16_MAX) {
    length_bytes = 4;
    before += 2;
  }
  text += std::string(padding(), ' ') + '\n';
  const std::string version =
      length_bytes == 2 ? std::string("\1\0", 2) : std::string("\2\0", 2);
  return std::string(kMagic) + version + LittleEndian(text.size(), length_bytes) + text;
}

Result<NpyHeaderExtent> ReadNpyPrefix(std::string_view bytes) {
  if (!bytes.starts_with(kMagic))
    return Corrupt("not a .npy file: it does not begin as one");
  bytes.remove_prefix(kMagic.size());
  const auto truncated = [] { return Corrupt("the .npy file ends within its header"); };
  if (bytes.size() < kVersionBytes) return truncated();
  const int major = static_cast<unsigned char>(bytes[0]);
  const int minor = static_cast<unsigned char>(bytes[1]);
  if (major < 1 || major > 3 || minor != 0) {
    return Unsupported(".npy files of version {}.{} are not supported", major, minor);
  }
  const size_t length_bytes = major == 1 ? 2 : 4;
  bytes.remove_prefix(kVersionBytes);
  if (bytes.size() < length_bytes) return truncated();
  const size_t length = ReadLittleEndian(bytes.substr(0, length_bytes));
  const size_t begin = kMagic.size() + kVersionBytes + length_bytes;
  return NpyHeaderExtent{.text_begin = static_cast<std::int64_t>(begin),
                         .text_end = static_cast<std::int64_t>(begin + length)};
}

Result<NpyHeader> ReadNpyHeader(std::string_view text) {
  std::optional<std::string_view> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::int64_t>> shape;
  Parser parser(text);
  if (!parser.Take('{')) return NotAHeader(text);
  bool has_comma = true;
  while (!parser.Take('}')) {
    const auto key = has_comma ? parser.TakeString() : std::nullopt;
    if (!key || !parser.Take(':')) return NotAHeader(text);
    bool is_good = false;
    if (*key == "descr" && !descr) {
      if (parser.Peek('[') || parser.Peek('(')) {
        return Unsupported("tensors of structures are not supported");
      }
      is_good = (descr = parser.TakeString()).has_value();
    } else if (*key == "fortran_order" && !fortran_order) {
      is_good = (fortran_order = parser.TakeBool()).has_value();
    } else if (*key == "shape" && !shape) {
      is_good = (shape = TakeTuple(parser)).has_value();
    }
    if (!is_good) return NotAHeader(text);
    has_comma = parser.Take(',');
  }
  if (!parser.AtEnd() || !descr || !fortran_order || !shape) return NotAHeader(text);
  ENTREPOT_ASSIGN_OR_RETURN(ElementType type, ReadElementType(*descr));
  return NpyHeader{.type = std::move(type),
                   .shape = *std::move(shape),
                   .order = *fortran_order ? MemoryOrder::kFortran : MemoryOrder::kC};
}

}  // namespace entrepot
