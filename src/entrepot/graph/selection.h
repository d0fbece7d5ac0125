#pragma once

/// \file entrepot/graph/selection.h
/// Which assets of a graph somebody means.

#include <string>
#include <string_view>
#include <vector>

#include "entrepot/graph/asset_graph.h"

namespace entrepot {

/// Returns the nodes (ascending) that `text` selects: terms separated by commas or
/// spaces, of which each adds
///
/// - `raw/flights`: that asset;
/// - `raw/*`: every asset whose key matches ('*' any text, also with '/'; '?' one
///   character);
/// - `group:reports`: the assets of a group;
/// - `+x`, `x+`, `+x+`: x and all upstream of it, all downstream of it, or both.
///
/// An empty text, or "*", selects everything.
///
/// Errors: kInvalid  a term that selects nothing; the nearest names are offered
Result<std::vector<size_t>> SelectAssets(const AssetGraph& graph, std::string_view text);

/// Returns the nodes (ascending) of `keys`.
///
/// Errors: kInvalid  an unknown key; the nearest names are offered
Result<std::vector<size_t>> SelectKeys(const AssetGraph& graph,
                                       const std::vector<AssetKey>& keys);

}  // namespace entrepot
