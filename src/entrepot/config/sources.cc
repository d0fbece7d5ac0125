#include "entrepot/config/sources.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace entrepot {
namespace {

using Path = std::vector<std::string>;

/// Returns `leaf` at `path` of objects that hold nothing else.
ConfigTree PlaceAt(const Path& path, ConfigTree leaf) {
  for (auto name = path.rbegin(); name != path.rend(); ++name) leaf = leaf.Below(*name);
  return leaf;
}

Result<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return Invalid("configuration '{}' is a folder; name a file", path);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad())
    return FromErrno(errno, fmt::format("reading configuration '{}'", path));
  return text;
}

/// Splits "RESOURCES__IO" into names.
Path NamesIn(std::string_view variable) {
  Path names;
  while (true) {
    const size_t end = variable.find("__");
    std::string name(variable.substr(0, end));
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    names.push_back(std::move(name));
    if (end == std::string_view::npos) return names;
    variable.remove_prefix(end + 2);
  }
}

bool IsBelow(const Path& path, const Path& above) {
  return path.size() > above.size() &&
         std::equal(above.begin(), above.end(), path.begin());
}

/// What a `--set` begins with: names, and where its value begins.
struct Target {
  Path names;
  size_t value_at = 0;
};

/// Reads names up to the '=' that no quotes enclose; nullopt where it is malformed.
std::optional<Target> ReadTarget(std::string_view assignment) {
  Target target;
  std::string name;
  bool is_quoted = false;
  for (size_t i = 0; i < assignment.size(); ++i) {
    const char c = assignment[i];
    if (c == '"') {
      is_quoted = !is_quoted;
    } else if (is_quoted || (c != '.' && c != '=')) {
      name += c;
    } else {
      if (name.empty()) return std::nullopt;
      target.names.push_back(std::move(name));
      name.clear();
      target.value_at = i + 1;
      if (c == '=') return target;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<ConfigTree> ReadConfigFile(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension != ".toml" && extension != ".json")
    return Invalid("configuration '{}' is neither a .toml nor a .json file", path);
  ENTREPOT_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return extension == ".toml" ? ParseToml(text, path) : ParseJson(text, path);
}

Result<ConfigTree> ParseJson(std::string_view text, const std::string& name) {
  auto json = ParseConfigJson(text);
  if (!json) return json.error().While(fmt::format("reading configuration '{}'", name));
  if (!json->is_object())
    return Invalid("reading configuration '{}': it must be an object, not {}", name,
                   ShownInMessage(*json));
  return ConfigTree(*std::move(json), name);
}

Result<ConfigTree> ConfigFromEnvironment(
    std::string_view prefix, const std::map<std::string, std::string>& variables) {
  ConfigTree config;
  std::map<Path, std::string> seen;
  for (const auto& [variable, text] : variables) {
    if (!variable.starts_with(prefix)) continue;
    const Path path = NamesIn(std::string_view(variable).substr(prefix.size()));
    const bool is_path = std::ranges::find(path, "") == path.end();
    if (!is_path || path.size() > kMaxConfigDepth)
      return Invalid(
          "environment variable '{}' names no field: after '{}' come names "
          "separated by '__'",
          variable, prefix);
    for (const auto& [other_path, other] : seen) {
      if (other_path == path || IsBelow(path, other_path) || IsBelow(other_path, path))
        return Invalid(
            "environment variables '{}' and '{}' cannot both be set: they name "
            "the same field, or one names a field of the other",
            other, variable);
    }
    seen.emplace(path, variable);
    config.Merge(PlaceAt(
        path, ConfigTree::Text(text, fmt::format("environment variable {}", variable))));
  }
  return config;
}

Result<ConfigTree> ParseAssignment(std::string_view assignment) {
  const auto target = ReadTarget(assignment);
  if (!target || target->names.size() > kMaxConfigDepth) {
    // The value may be a secret: it is not shown.
    return Invalid("'--set {}…' is no assignment; write it like --set report.top=20",
                   assignment.substr(0, assignment.find('=')));
  }
  std::string source =
      fmt::format("--set {}", assignment.substr(0, target->value_at - 1));
  return PlaceAt(target->names,
                 ConfigTree::Text(std::string(assignment.substr(target->value_at)),
                                  std::move(source)));
}

}  // namespace entrepot
