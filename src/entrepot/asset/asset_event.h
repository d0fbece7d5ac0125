#pragma once

/// \file entrepot/asset/asset_event.h
/// What code says of an asset beside the values that it stores.

#include <optional>
#include <string>

#include "entrepot/asset/asset_key.h"
#include "entrepot/asset/metadata.h"

namespace entrepot {

/// Plain data.
struct AssetEvent {
  enum class Kind {
    kObservation,      ///< Something was seen of its value.
    kMaterialization,  ///< It has a new value, which the code has put in place itself.
  };

  Kind kind = Kind::kObservation;
  AssetKey key;
  std::optional<std::string> partition{};
  std::string description{};
  Metadata metadata{};
};

/// Returns it as a line of a log: "observed asset 'a/b' (partition 'p'): rows = 3".
std::string ToString(const AssetEvent& event);

}  // namespace entrepot
