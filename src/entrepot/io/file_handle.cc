#include "entrepot/io/file_handle.h"

#include <string_view>

namespace entrepot {
namespace {

constexpr char kMember[] = "entrepot.file_handle";
constexpr std::string_view kStart = R"({"entrepot.file_handle":)";

}  // namespace

bool IsFileHandle(const Value& value) {
  if (value.kind() != ValueKind::kJson) return false;
  if (!value.type().empty()) return value.type() == kFileHandleType;
  return value.json().starts_with(kStart);
}

Result<Value> ValueTraits<FileHandle>::ToValue(const FileHandle& handle) {
  if (handle.kind.empty() || handle.path.empty()) {
    return Invalid("a file handle needs a kind and a path, not '{}' and '{}'",
                   handle.kind, handle.path);
  }
  return internal::JsonToValue(
      {{kMember, {{"kind", handle.kind}, {"path", handle.path}}}}, kFileHandleType);
}

Result<FileHandle> ValueTraits<FileHandle>::FromValue(const Value& value) {
  if (value.kind() == ValueKind::kForeign) {
    ENTREPOT_ASSIGN_OR_RETURN(const Value storable, value.foreign()->ToStorable());
    if (IsFileHandle(storable)) return FromValue(storable);
  }
  if (!IsFileHandle(value)) return internal::WrongKind(value, "file handle");
  ENTREPOT_ASSIGN_OR_RETURN(const nlohmann::json json, internal::JsonFromValue(value));
  try {
    const nlohmann::json& handle = json.at(kMember);
    return FileHandle{.kind = handle.at("kind"), .path = handle.at("path")};
  } catch (const nlohmann::json::exception& e) {
    return Corrupt("not a file handle: {}", e.what());
  }
}

}  // namespace entrepot
