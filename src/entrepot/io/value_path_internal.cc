#include "entrepot/io/value_path_internal.h"

#include <string>

#include "entrepot/asset/key_path.h"
#include "entrepot/storage/local_store.h"

namespace entrepot {
namespace {

/// Returns what is wrong with one name of a path; "" for nothing.
std::string FaultOf(std::string_view name) {
  if (name.empty()) return "a name in it is empty, or it begins or ends with '/'";
  if (name.front() == '.') return fmt::format("name '{}' begins with a dot", name);
  if (name == kValueFolder) return fmt::format("name '{}' is the storage's own", name);
  if (name.find('\0') != std::string_view::npos) return "a name in it holds a NUL";
  if (name.size() > kLongestValueName) {
    return fmt::format("name '{}…' has {} bytes, and at most {} fit", name.substr(0, 40),
                       name.size(), kLongestValueName);
  }
  return "";
}

}  // namespace

Status CheckValuePath(std::string_view path) {
  std::string fault;
  std::string_view rest = path;
  for (size_t end = 0; end != std::string_view::npos && fault.empty();) {
    end = rest.find('/');
    const std::string_view name = rest.substr(0, end);
    fault = FaultOf(name);
    const bool is_last = end == std::string_view::npos;
    if (fault.empty() && is_last && name.find('.') != std::string_view::npos)
      fault = "its last name holds a dot; the extension is told apart from the path";
    if (!is_last) rest.remove_prefix(end + 1);
  }
  if (fault.empty()) return {};
  return Invalid("'{}' cannot be the path of a value: {}", path, fault);
}

}  // namespace entrepot
