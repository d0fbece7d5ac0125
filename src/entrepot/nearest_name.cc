#include "entrepot/nearest_name.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace entrepot {
namespace {

// Optimal string alignment: insert, delete, replace, or swap two neighbours.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::string Quoted(std::span<const std::string> names, std::string_view last_separator) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? last_separator : std::string_view(", ");
    text += fmt::format("'{}'", names[i]);
  }
  return text;
}

}  // namespace

std::vector<std::string> NearestNames(std::string_view name,
                                      std::span<const std::string> candidates,
                                      size_t limit) {
  constexpr size_t kLongest = 200;  // Beyond it nobody mistyped; keep this cheap.
  constexpr size_t kContained = 3;  // Ranks "orders" for "raw/orders" as a near miss.
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    if (std::max(name.size(), candidate.size()) > kLongest) continue;
    const size_t longer = std::max(name.size(), candidate.size());
    size_t distance = EditDistance(name, candidate);
    const bool contains =
        name.size() >= 3 && (candidate.find(name) != std::string::npos ||
                             name.find(candidate) != std::string_view::npos);
    if (contains) distance = std::min(distance, kContained);
    if (contains || distance * 3 <= longer) near.emplace_back(distance, candidate);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& [distance, candidate] : near) {
    if (names.size() == limit) break;
    names.push_back(std::move(candidate));
  }
  return names;
}

std::string DidYouMean(std::string_view name, std::span<const std::string> candidates) {
  constexpr size_t kListed = 8;
  if (candidates.empty()) return "";
  if (const auto near = NearestNames(name, candidates); !near.empty()) {
    return fmt::format("; did you mean {}?", Quoted(near, " or "));
  }
  const size_t shown = std::min(kListed, candidates.size());
  return fmt::format("; there {} {}{}", candidates.size() == 1 ? "is" : "are:",
                     Quoted(candidates.first(shown), ", "),
                     shown < candidates.size() ? ", …" : "");
}

}  // namespace entrepot
