#pragma once

/// \file entrepot/asset/asset_facts.h
/// What is said of an asset where it is defined.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "entrepot/asset/metadata.h"

namespace entrepot {

/// Shared by the definition and by the contexts of its values. Plain data.
struct AssetFacts {
  std::string group = "default";
  std::string description{};
  std::string code_version{};
  Metadata metadata{};
  std::map<std::string, std::string> tags{};
  std::vector<std::string> kinds{};  ///< What it is made of or with: "table", "sql".

  /// What a host language attached to the definition (Python: its own metadata objects).
  /// May need that language's locks to die.
  std::shared_ptr<const void> host{};
};

}  // namespace entrepot
