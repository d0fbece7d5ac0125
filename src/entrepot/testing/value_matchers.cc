#include "entrepot/testing/value_matchers.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>

#include <arrow/buffer.h>
#include <arrow/compare.h>
#include <arrow/table.h>
#include <fmt/ranges.h>

namespace entrepot {

void PrintTo(const Value& value, std::ostream* out) { *out << testing::Describe(value); }

namespace testing {
namespace {

std::string ShapeOf(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kTable:
      return fmt::format(" of {} rows × {} columns", value.table()->num_rows(),
                         value.table()->num_columns());
    case ValueKind::kTensor:
      return fmt::format(" of shape [{}], elements '{}'",
                         fmt::join(value.tensor().shape(), ", "),
                         value.tensor().type().ToString());
    case ValueKind::kText:
      return fmt::format(" '{}'", value.text().substr(0, 40));
    case ValueKind::kJson:
      return fmt::format(" {}", value.json().substr(0, 40));
    case ValueKind::kBytes:
      return fmt::format(" of {} bytes", value.bytes()->size());
    case ValueKind::kFile:
    case ValueKind::kFolder:
      return fmt::format(" at '{}'", value.file_path().string());
    default:
      return "";
  }
}

/// Returns the bytes of a file, or of all files of a folder, by name; folders end in '/'.
std::map<std::string, std::string> ContentAt(const std::filesystem::path& path) {
  const auto bytes_of = [](const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  if (!std::filesystem::is_directory(path)) return {{"", bytes_of(path)}};
  std::map<std::string, std::string> content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    const std::string name = entry.path().lexically_relative(path).string();
    if (entry.is_directory()) {
      content[name + "/"];
    } else {
      content[name] = bytes_of(entry.path());
    }
  }
  return content;
}

bool HaveSameElements(const Tensor& a, const Tensor& b) {
  return a.type() == b.type() && a.shape() == b.shape() && a.order() == b.order() &&
         a.data()->Equals(*b.data());
}

}  // namespace

std::string Describe(const Value& value) {
  const std::string type = value.type().empty() ? "" : fmt::format(" ({})", value.type());
  return fmt::format("{}{}{}", ToString(value.kind()), type, ShapeOf(value));
}

bool HaveSameData(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case ValueKind::kNothing:
      return true;
    case ValueKind::kBytes:
      return a.bytes()->Equals(*b.bytes());
    case ValueKind::kText:
      return a.text() == b.text();
    case ValueKind::kJson:
      return a.json() == b.json();
    case ValueKind::kTable:
      return a.table()->Equals(
          *b.table(), /*check_metadata=*/true,
          arrow::EqualOptions().nans_equal(true).signed_zeros_equal(false));
    case ValueKind::kStream:
      return a.stream() == b.stream();
    case ValueKind::kTensor:
      return HaveSameElements(a.tensor(), b.tensor());
    case ValueKind::kForeign:
      return a.foreign() == b.foreign();
    case ValueKind::kMap:
      return std::ranges::equal(a.map(), b.map(), [](const auto& one, const auto& other) {
        return one.first == other.first && HaveSameData(one.second, other.second);
      });
    case ValueKind::kFile:
    case ValueKind::kFolder:
      return ContentAt(a.file_path().path()) == ContentAt(b.file_path().path());
  }
  return false;
}

}  // namespace testing
}  // namespace entrepot
