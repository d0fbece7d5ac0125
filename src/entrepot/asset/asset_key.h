#pragma once

/// \file entrepot/asset/asset_key.h
/// The name of an asset.

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "entrepot/result.h"

namespace entrepot {

/// Names an asset: one or more non-empty parts, e.g. raw/shop/orders. A part may hold any
/// other bytes; what it becomes in a path is key_path.h's business. Immutable; safe for
/// concurrent use.
class AssetKey {
 public:
  /// Errors: kInvalid  no parts, or an empty one
  static Result<AssetKey> Make(std::vector<std::string> parts);

  /// Splits "raw/shop/orders" at each '/'. A '/' or '\' inside a part is written "\/" or
  /// "\\", so that Parse(k.ToUserString()) == k for every key.
  ///
  /// Errors: kInvalid  empty text or part, or a '\' before anything else
  static Result<AssetKey> Parse(std::string_view text);

  const std::vector<std::string>& path() const { return parts_; }
  const std::string& name() const { return parts_.back(); }

  /// Returns the text that Parse takes.
  std::string ToUserString() const;

  /// Returns the parts as a JSON list, e.g. ["raw", "orders"].
  std::string ToString() const;

  friend bool operator==(const AssetKey&, const AssetKey&) = default;
  friend auto operator<=>(const AssetKey&, const AssetKey&) = default;

 private:
  explicit AssetKey(std::vector<std::string> parts) : parts_(std::move(parts)) {}

  std::vector<std::string> parts_;
};

}  // namespace entrepot

template <>
struct std::hash<entrepot::AssetKey> {
  std::size_t operator()(const entrepot::AssetKey& key) const noexcept;
};
