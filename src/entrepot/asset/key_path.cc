#include "entrepot/asset/key_path.h"

#include <array>

namespace entrepot {
namespace {

constexpr size_t kLongestName = 255;  // NAME_MAX of every common filesystem.

bool IsReserved(unsigned char c) {
  return c < 0x20 || c == 0x7F ||
         std::string_view("%./\\=:*?\"<>|").find(static_cast<char>(c)) !=
             std::string_view::npos;
}

// Returns the length of the valid UTF-8 sequence that starts `text`, or 0.
size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong =
      (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool beyond =
      (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
  return overlong || beyond ? 0 : length;
}

void AppendEscaped(std::string& out, unsigned char c) {
  constexpr char kHex[] = "0123456789ABCDEF";
  out += {'%', kHex[c >> 4], kHex[c & 15]};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> EncodeChecked(std::string_view part, size_t longest) {
  std::string encoded = EncodeKeyPart(part);
  if (encoded.size() > longest) {
    return Invalid(
        "key part is too long for a file name: {} bytes once encoded, at most {} fit: "
        "'{}…'",
        encoded.size(), longest, encoded.substr(0, 40));
  }
  return encoded;
}

}  // namespace

std::string EncodeKeyPart(std::string_view part) {
  std::string out;
  out.reserve(part.size());
  for (size_t i = 0; i < part.size();) {
    const size_t length = Utf8Length(part.substr(i));
    if (length == 0 || (length == 1 && IsReserved(static_cast<unsigned char>(part[i])))) {
      AppendEscaped(out, static_cast<unsigned char>(part[i]));
      ++i;
    } else {
      out += part.substr(i, length);
      i += length;
    }
  }
  return out;
}

Result<std::string> DecodeKeyPart(std::string_view encoded) {
  std::string out;
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      out += encoded[i];
      continue;
    }
    const int high = i + 2 < encoded.size() ? HexDigit(encoded[i + 1]) : -1;
    const int low = i + 2 < encoded.size() ? HexDigit(encoded[i + 2]) : -1;
    if (high < 0 || low < 0) return Invalid("not an encoded key part: '{}'", encoded);
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  // One spelling per part: refuse what EncodeKeyPart would have written differently.
  if (out.empty() || EncodeKeyPart(out) != encoded) {
    return Invalid("not an encoded key part: '{}'", encoded);
  }
  return out;
}

Result<std::string> AssetPath(const AssetKey& key,
                              const std::optional<std::string>& partition,
                              PathLayout layout) {
  std::string path;
  for (const std::string& part : key.path()) {
    const bool is_file = &part == &key.path().back();
    ENTREPOT_ASSIGN_OR_RETURN(
        std::string encoded,
        EncodeChecked(part, is_file ? kLongestValueName : kLongestName));
    if (!path.empty()) path += '/';
    path += encoded;
  }
  return partition ? PartitionPath(path, *partition, layout) : path;
}

Result<std::string> PartitionPath(std::string_view asset_path, std::string_view partition,
                                  PathLayout layout) {
  if (partition.empty()) return Invalid("partition key of '{}' is empty", asset_path);
  if (layout == PathLayout::kHive) {
    constexpr std::string_view kDimension = "partition=";
    ENTREPOT_ASSIGN_OR_RETURN(const std::string name,
                              EncodeChecked(partition, kLongestName - kDimension.size()));
    return fmt::format("{}/{}{}/value", asset_path, kDimension, name);
  }
  ENTREPOT_ASSIGN_OR_RETURN(const std::string name,
                            EncodeChecked(partition, kLongestValueName));
  return fmt::format("{}/{}", asset_path, name);
}

Result<std::string> OpOutputPath(std::string_view run_id, std::string_view step_key,
                                 std::string_view output_name) {
  if (run_id.empty() || step_key.empty() || output_name.empty()) {
    return Invalid("output '{}' of step '{}' in run '{}' has an empty part", output_name,
                   step_key, run_id);
  }
  ENTREPOT_ASSIGN_OR_RETURN(std::string run, EncodeChecked(run_id, kLongestName));
  ENTREPOT_ASSIGN_OR_RETURN(std::string step, EncodeChecked(step_key, kLongestName));
  ENTREPOT_ASSIGN_OR_RETURN(std::string output,
                            EncodeChecked(output_name, kLongestValueName));
  return ".runs/" + run + "/" + step + "/" + output;
}

}  // namespace entrepot
