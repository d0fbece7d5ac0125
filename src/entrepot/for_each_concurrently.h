#pragma once

/// \file entrepot/for_each_concurrently.h
/// Work that is done several at a time.

#include <cstddef>
#include <functional>

namespace entrepot {

/// Calls `work` for 0 to `count` - 1, at most `at_once` at a time, the caller's thread
/// taking part; returns when all are done. `work` must not throw.
void ForEachConcurrently(size_t count, size_t at_once,
                         const std::function<void(size_t)>& work);

}  // namespace entrepot
