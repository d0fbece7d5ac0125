#pragma once

/// \file entrepot/asset/metadata.h
/// What is known about an asset or a value beyond the value itself.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "entrepot/result.h"

namespace entrepot {

class AssetKey;

/// One metadata entry: a plain value, a moment, or text that means something (a path, a
/// URL, JSON, Markdown, the key of an asset, …). Immutable in use; concurrent const use
/// only.
class MetadataValue {
 public:
  /// A closed set; the event log keeps their names, and new ones come at the end.
  enum class Kind {
    kNull,
    kText,
    kInt,
    kFloat,
    kBool,
    kPath,
    kUrl,
    kJson,
    kMarkdown,
    kTimestamp,  ///< float_value(): seconds since the Unix epoch.
    kAsset,      ///< Of text(), an AssetKey's ToUserString.
    kRun,        ///< Of text(), a run's id.
    kJob,
    kNotebook,  ///< Of text(), a notebook's path.
    kPythonArtifact,
    kTable,  ///< Of JSON, shaped as docs/formats/event_log.md says; so are the next two.
    kTableSchema,
    kColumnLineage,
  };

  MetadataValue() = default;                                             // null
  MetadataValue(const char* text) : MetadataValue(std::string(text)) {}  // NOLINT
  MetadataValue(std::string text)
      : kind_(Kind::kText), value_(std::move(text)) {}                        // NOLINT
  MetadataValue(std::string_view text) : MetadataValue(std::string(text)) {}  // NOLINT
  MetadataValue(bool value) : kind_(Kind::kBool), value_(value) {}            // NOLINT
  MetadataValue(int value) : MetadataValue(std::int64_t{value}) {}            // NOLINT
  MetadataValue(std::int64_t value) : kind_(Kind::kInt), value_(value) {}     // NOLINT
  MetadataValue(double value) : kind_(Kind::kFloat), value_(value) {}         // NOLINT

  /// Takes every other integer, such as a size(); one beyond 2^63 - 1 is kept as kFloat.
  template <std::integral Integer>
    requires(sizeof(Integer) >= sizeof(int))  // Shorter ones become int.
  MetadataValue(Integer value) {              // NOLINT
    if (std::in_range<std::int64_t>(value)) {
      *this = MetadataValue(static_cast<std::int64_t>(value));
    } else {
      *this = MetadataValue(static_cast<double>(value));
    }
  }

  static MetadataValue Path(std::string path) { return {Kind::kPath, std::move(path)}; }
  static MetadataValue Url(std::string url) { return {Kind::kUrl, std::move(url)}; }
  static MetadataValue Markdown(std::string md) {
    return {Kind::kMarkdown, std::move(md)};
  }

  /// Takes JSON text; the caller has made sure that it is.
  static MetadataValue Json(std::string json) { return {Kind::kJson, std::move(json)}; }

  /// Takes seconds since the Unix epoch.
  static MetadataValue Timestamp(double seconds);
  static MetadataValue Asset(const AssetKey& key);
  static MetadataValue Run(std::string run_id) { return {Kind::kRun, std::move(run_id)}; }

  /// Returns a value of any kind whose value is text; the caller has made sure that the
  /// text is what the kind asks for.
  static MetadataValue OfText(Kind kind, std::string text);

  Kind kind() const { return kind_; }

  /// Of every kind but kNull, kInt, kFloat, kBool and kTimestamp.
  const std::string& text() const { return std::get<std::string>(value_); }
  std::int64_t int_value() const { return std::get<std::int64_t>(value_); }
  double float_value() const { return std::get<double>(value_); }
  bool bool_value() const { return std::get<bool>(value_); }

  /// Returns it as a person would read it.
  std::string ToString() const;

  friend bool operator==(const MetadataValue&, const MetadataValue&) = default;

 private:
  MetadataValue(Kind kind, std::string text) : kind_(kind), value_(std::move(text)) {}

  Kind kind_ = Kind::kNull;
  std::variant<std::monostate, std::string, std::int64_t, double, bool> value_;
};

/// Entries in the order they were added; names are unique.
using Metadata = std::vector<std::pair<std::string, MetadataValue>>;

/// Errors: kInvalid  a name is there twice
Status CheckNames(const Metadata& metadata);

/// Returns the entry called `name`, or null.
const MetadataValue* FindMetadata(const Metadata& metadata, std::string_view name);

/// Sets `name`, replacing an entry of that name.
void SetMetadata(Metadata& metadata, std::string name, MetadataValue value);

/// Returns "rows = 3, path = /a/b".
std::string ToString(const Metadata& metadata);

/// Returns {"name": {"type": "int", "value": 3}, …} (docs/formats/event_log.md).
std::string MetadataToJson(const Metadata& metadata);

/// Reverses MetadataToJson.
///
/// Errors: kCorrupt  not such JSON
Result<Metadata> MetadataFromJson(std::string_view json);

}  // namespace entrepot
