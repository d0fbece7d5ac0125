#include "entrepot/cli/preview.h"

#include <algorithm>
#include <ostream>
#include <span>

#include <arrow/buffer.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "entrepot/cli/preview_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/text_table_internal.h"

namespace entrepot {
namespace {

using Json = nlohmann::ordered_json;
using internal::Emphasis;
using internal::Emphasize;

constexpr size_t kBytesPerLine = 16;  // Of a hex dump, as `hexdump -C` has them.

bool IsTabular(const Value& value) {
  return value.kind() == ValueKind::kTable || value.kind() == ValueKind::kStream;
}

Status CheckOptions(const Value& value, const PreviewOptions& options) {
  if (options.columns.empty() || IsTabular(value)) return {};
  return Invalid("a value of kind '{}' has no columns to choose", ToString(value.kind()));
}

Error OnlyItsLanguage(const Value& value) {
  return Unsupported("only the language that made it can show an object of type '{}'",
                     value.type().empty() ? value.foreign()->type() : value.type());
}

/// Ends with a newline what does not: for terminals, and the prompt after it.
void PrintText(std::ostream& out, std::string_view text) {
  out << text;
  if (!text.ends_with('\n')) out << '\n';
}

void PrintJson(std::ostream& out, const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  // Numbers out of nlohmann's range, which JSON itself allows: better unindented than
  // wrong.
  PrintText(out, json.is_discarded()
                     ? text
                     : json.dump(2, ' ', false, Json::error_handler_t::replace));
}

std::span<const unsigned char> HeadOf(const arrow::Buffer& bytes, int lines,
                                      size_t per_line) {
  const auto size = static_cast<size_t>(bytes.size());
  return {bytes.data(), std::min(size, static_cast<size_t>(lines) * per_line)};
}

/// Returns as many bytes as a line shows: fewer where the terminal is narrow.
size_t BytesPerLine(int width) {
  constexpr size_t kLeast = 4;
  constexpr size_t kBesideBytes = 14;
  size_t per_line = kBytesPerLine;
  while (width > 0 && per_line > kLeast &&
         kBesideBytes + 4 * per_line > static_cast<size_t>(width)) {
    per_line /= 2;
  }
  return per_line;
}

/// Returns up to `full_size` bytes as a line: their place, their hex digits, and what of
/// them is ASCII.
std::string HexLine(std::span<const unsigned char> bytes, size_t place,
                    size_t full_size) {
  std::string hex;
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    hex += fmt::format("{}{:02x}", i == kBytesPerLine / 2 ? "  " : " ", bytes[i]);
    text += bytes[i] >= 0x20 && bytes[i] < 0x7F ? static_cast<char>(bytes[i]) : '.';
  }
  const size_t hex_width = full_size * 3 + full_size / kBytesPerLine;
  return fmt::format("{:08x} {:<{}}  |{}|\n", place, hex, hex_width, text);
}

void PrintBytes(std::ostream& out, const arrow::Buffer& bytes,
                const PreviewOptions& options) {
  out << Emphasize(internal::FormatCount(bytes.size(), "byte"), Emphasis::kFaint,
                   options.use_color)
      << '\n';
  if (options.schema_only) return;
  const size_t per_line = BytesPerLine(options.width);
  const auto head = HeadOf(bytes, options.rows, per_line);
  for (size_t place = 0; place < head.size(); place += per_line) {
    const auto line = head.subspan(place, std::min(per_line, head.size() - place));
    out << HexLine(line, place, per_line);
  }
  const std::int64_t left = bytes.size() - static_cast<std::int64_t>(head.size());
  if (left > 0) {
    out << Emphasize("… " + internal::FormatCount(left, "more byte"), Emphasis::kFaint,
                     options.use_color)
        << '\n';
  }
}

Json BytesJson(const arrow::Buffer& bytes, const PreviewOptions& options) {
  Json json = {{"size_bytes", bytes.size()}};
  if (options.schema_only) return json;
  std::string hex;
  for (const unsigned char byte : HeadOf(bytes, options.rows, kBytesPerLine))
    hex += fmt::format("{:02x}", byte);
  json["head"] = hex;
  return json;
}

/// Returns the members that say what the value holds.
Result<Json> ContentJson(const Value& value, const PreviewOptions& options) {
  switch (value.kind()) {
    case ValueKind::kNothing:
      return Json::object();
    case ValueKind::kBytes:
      return BytesJson(*value.bytes(), options);
    case ValueKind::kText:
      return options.schema_only ? Json::object() : Json{{"text", value.text()}};
    case ValueKind::kJson: {
      if (options.schema_only) return Json::object();
      Json json = Json::parse(value.json(), nullptr, /*allow_exceptions=*/false);
      if (json.is_discarded())
        return Unsupported("a number of this JSON is out of range");
      return Json{{"value", std::move(json)}};
    }
    case ValueKind::kTable:
    case ValueKind::kStream:
      return internal::TableJson(value, options);
    case ValueKind::kTensor:
      return internal::TensorJson(value.tensor(), options);
    case ValueKind::kFile:
    case ValueKind::kFolder:
      return Json{{"path", value.file_path().string()}};
    case ValueKind::kForeign:
    case ValueKind::kMap:  // Never stored.
      return OnlyItsLanguage(value);
  }
  return Json::object();
}

}  // namespace

Status PrintPreview(std::ostream& out, const Value& value,
                    const PreviewOptions& options) {
  ENTREPOT_RETURN_IF_ERROR(CheckOptions(value, options));
  switch (value.kind()) {
    case ValueKind::kNothing:
      out << "nothing\n";
      return {};
    case ValueKind::kBytes:
      PrintBytes(out, *value.bytes(), options);
      return {};
    case ValueKind::kText:
    case ValueKind::kJson:
      if (options.schema_only) {
        out << ToString(value.kind()) << ", " << internal::FormatSize(value.size_bytes())
            << '\n';
      } else if (value.kind() == ValueKind::kText) {
        PrintText(out, value.text());
      } else {
        PrintJson(out, value.json());
      }
      return {};
    case ValueKind::kTable:
    case ValueKind::kStream:
      return internal::PrintTable(out, value, options);
    case ValueKind::kTensor:
      internal::PrintTensor(out, value.tensor(), options);
      return {};
    case ValueKind::kFile:
    case ValueKind::kFolder:
      out << value.file_path().string() << '\n';
      return {};
    case ValueKind::kForeign:
    case ValueKind::kMap:  // Never stored.
      return OnlyItsLanguage(value);
  }
  return {};
}

Result<std::string> PreviewJson(const Value& value, const PreviewOptions& options) {
  ENTREPOT_RETURN_IF_ERROR(CheckOptions(value, options));
  ENTREPOT_ASSIGN_OR_RETURN(const Json content, ContentJson(value, options));
  // A stream is how a table was read, not what is stored.
  const ValueKind kind = IsTabular(value) ? ValueKind::kTable : value.kind();
  Json json = {{"kind", ToString(kind)}, {"type", value.type()}};
  json.update(content);
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace entrepot
