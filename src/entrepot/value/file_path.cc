#include "entrepot/value/file_path.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace entrepot {
namespace {

constexpr size_t kLongestExtension = 15;  // As of codecs; key_path.h leaves room for it.
constexpr std::array<std::string_view, 7> kCompressions = {"gz",  "bz2", "xz", "zst",
                                                           "lz4", "br",  "Z"};

std::string WithoutDot(const std::filesystem::path& extension) {
  const std::string text = extension.string();
  return text.empty() ? text : text.substr(1);
}

bool IsSafe(std::string_view extension) {
  return !extension.empty() && std::ranges::all_of(extension, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

std::string StoredExtension(const std::filesystem::path& path) {
  const std::filesystem::path name = path.filename();
  const std::string last = WithoutDot(name.extension());
  if (!IsSafe(last) || last.size() > kLongestExtension) return "";
  if (std::ranges::find(kCompressions, last) == kCompressions.end()) return last;
  const std::string inner = WithoutDot(name.stem().extension());
  const std::string both = inner + "." + last;
  return IsSafe(inner) && both.size() <= kLongestExtension ? both : last;
}

}  // namespace entrepot
