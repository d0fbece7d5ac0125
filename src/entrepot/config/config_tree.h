#pragma once

/// \file entrepot/config/config_tree.h
/// A configuration, and where each of its values came from.

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "entrepot/config/config_json.h"

namespace entrepot {

/// JSON whose values know their source: "settings.toml:4", "environment variable X",
/// "--set report.top", "code". May hold nothing at all, which is not the same as null or
/// an empty object. Concurrent const use only.
class ConfigTree {
 public:
  using Pointer = ConfigJson::json_pointer;

  /// Nothing is given.
  ConfigTree() = default;

  /// All of `json` comes from `source`.
  ConfigTree(ConfigJson json, std::string source);

  /// A source that knows only text (an environment variable, an argument of the command
  /// line). What the text means is decided by the type it is checked against: "20" is an
  /// integer to an integer field, and text to a text field.
  static ConfigTree Text(std::string text, std::string source);

  bool is_given() const { return !json_.is_discarded(); }

  /// Must not be asked when nothing is given.
  const ConfigJson& json() const { return json_; }

  /// Returns the source of the value at `pointer`, or of the nearest one above it.
  std::string_view SourceOf(const Pointer& pointer) const;

  /// Tells whether the value at `pointer` is a text whose type is not decided.
  bool IsText(const Pointer& pointer) const;

  /// Names the source of one value more exactly.
  void SetSource(const Pointer& pointer, std::string source);

  /// Lays `later` over this: objects are merged field by field, everything else is
  /// replaced, sources included.
  void Merge(const ConfigTree& later);

  /// Returns this as the value of field `name` of an object that has no other.
  ConfigTree Below(std::string_view name) const;

  /// Returns what is at `path` (fields of objects), with its sources; nothing where there
  /// is nothing.
  ConfigTree At(std::span<const std::string> path) const;

 private:
  struct Origin {
    std::string source;
    bool is_text = false;
  };

  void MergeAt(const Pointer& pointer, const ConfigTree& later);

  ConfigJson json_ = ConfigJson(ConfigJson::value_t::discarded);
  std::map<std::string, Origin> origins_;  // By JSON pointer.
};

}  // namespace entrepot
