#pragma once

/// \file entrepot/execution/retry_policy.h
/// When a failed step is tried again.

#include <chrono>

#include "entrepot/error.h"

namespace entrepot {

enum class Backoff { kConstant, kLinear, kExponential };

/// Where in time a retry falls: as computed, anywhere before, or up to half of the delay
/// around it.
enum class Jitter { kNone, kFull, kPlusMinus };

/// How often, and after which delays. Plain data.
struct RetryPolicy {
  int max_retries = 0;
  std::chrono::duration<double> delay{0};  ///< Before the first retry.
  Backoff backoff = Backoff::kConstant;
  Jitter jitter = Jitter::kNone;
};

/// Returns the delay before retry number `retry` (from 1). `random` is in [0, 1).
std::chrono::duration<double> RetryDelay(const RetryPolicy& policy, int retry,
                                         double random);

/// Whether trying again can help at all: not after a cancellation.
bool IsRetryable(const Error& error);

}  // namespace entrepot
