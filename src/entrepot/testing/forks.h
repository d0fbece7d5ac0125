#pragma once

/// \file entrepot/testing/forks.h
/// What a forked child may do in this build: sanitizers know forks in part.

namespace entrepot::testing {

/// Whether a child may start threads: ThreadSanitizer ends one that does.
#ifdef __SANITIZE_THREAD__
inline constexpr bool kChildrenMayHaveThreads = false;
#else
inline constexpr bool kChildrenMayHaveThreads = true;
#endif

/// Whether other threads may be at work when a process forks: GCC 12's AddressSanitizer
/// does not take its allocator's locks first, so that the child finds them held forever.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kMayForkAmidWork = false;
#else
inline constexpr bool kMayForkAmidWork = kChildrenMayHaveThreads;
#endif

}  // namespace entrepot::testing
