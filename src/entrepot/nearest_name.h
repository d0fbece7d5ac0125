#pragma once

/// \file entrepot/nearest_name.h
/// What somebody probably meant who mistyped a name.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace entrepot {

/// Returns those of `candidates` close to `name` (Damerau-Levenshtein distance at most a
/// third of the longer one's length, or one containing the other), nearest first, at most
/// `limit`.
std::vector<std::string> NearestNames(std::string_view name,
                                      std::span<const std::string> candidates,
                                      size_t limit = 3);

/// Returns a phrase for an error message: "; did you mean 'orders' or 'order'?", or,
/// where nothing is near, "; there are: 'a', 'b'" (at most eight), or "" for no
/// candidates.
std::string DidYouMean(std::string_view name, std::span<const std::string> candidates);

}  // namespace entrepot
