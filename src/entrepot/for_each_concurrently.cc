#include "entrepot/for_each_concurrently.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace entrepot {

void ForEachConcurrently(size_t count, size_t at_once,
                         const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  const auto take = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  try {
    for (size_t i = 1; i < std::min(at_once, count); ++i) others.emplace_back(take);
  } catch (const std::system_error&) {
    // There may be no more threads: those there are, with the caller's, do it all.
  }
  take();
}

}  // namespace entrepot
