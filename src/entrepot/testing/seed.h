#pragma once

/// \file entrepot/testing/seed.h
/// What decides the draws of random tests, and how long they go on.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace entrepot::testing {

/// Returns $ENTREPOT_SEED, else a number of this process. A failing test prints it, so
/// that the failure can be had again. Safe for concurrent use.
inline std::uint32_t Seed() {
  static const std::uint32_t seed = [] {
    const char* given = std::getenv("ENTREPOT_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::stoul(given))
                            : std::random_device{}();
  }();
  return seed;
}

/// Whether all is to be tried, however long it takes (ENTREPOT_SOAK=1).
inline bool IsSoak() {
  const char* value = std::getenv("ENTREPOT_SOAK");
  return value != nullptr && std::string(value) == "1";
}

/// Returns how much of `most` tries there is time for: a sanitizer makes each several
/// times as long.
constexpr size_t TimeFor(size_t most) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return (most + 4) / 5;
#else
  return most;
#endif
}

/// Returns `most` of `all`, or what there is time for, drawn, in their order; all of them
/// when soaking.
template <typename T>
std::vector<T> Sample(std::vector<T> all, size_t most) {
  most = TimeFor(most);
  if (IsSoak() || all.size() <= most) return all;
  std::vector<T> drawn;
  std::mt19937 random(Seed());
  std::sample(all.begin(), all.end(), std::back_inserter(drawn), most, random);
  return drawn;
}

}  // namespace entrepot::testing
