#pragma once

/// \file entrepot/asset/asset_facts.h
/// What is said of an asset where it is defined.

#include <memory>
#include <string>

#include "entrepot/asset/metadata.h"

namespace entrepot {

/// Shared by the definition and by the contexts of its values. Plain data.
struct AssetFacts {
  std::string group = "default";
  std::string description{};
  std::string code_version{};
  Metadata metadata{};

  /// What a host language attached to the definition (Python: its own metadata objects).
  /// May need that language's locks to die.
  std::shared_ptr<const void> host{};
};

}  // namespace entrepot
