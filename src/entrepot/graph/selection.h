#pragma once

/// \file entrepot/graph/selection.h
/// Which assets of a graph somebody means.

#include <string>
#include <string_view>
#include <vector>

#include "entrepot/graph/step_graph.h"

namespace entrepot {

/// Returns the nodes (ascending) that make what `text` selects, with the steps without
/// assets that they need: terms separated by commas or
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
Result<std::vector<size_t>> SelectAssets(const StepGraph& graph, std::string_view text);

/// Returns the nodes (ascending) that make `keys`, with the steps that they need.
///
/// Errors: kInvalid  an unknown key; the nearest names are offered
Result<std::vector<size_t>> SelectKeys(const StepGraph& graph,
                                       const std::vector<AssetKey>& keys);

}  // namespace entrepot
