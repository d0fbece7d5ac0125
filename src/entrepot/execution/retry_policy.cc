#include "entrepot/execution/retry_policy.h"

#include <algorithm>
#include <cmath>

namespace entrepot {

std::chrono::duration<double> RetryDelay(const RetryPolicy& policy, int retry,
                                         double random) {
  double factor = 1;
  if (policy.backoff == Backoff::kLinear) factor = retry;
  if (policy.backoff == Backoff::kExponential) factor = std::exp2(retry) - 1;
  auto delay = policy.delay * factor;
  if (policy.jitter == Jitter::kFull) delay *= random;
  if (policy.jitter == Jitter::kPlusMinus) delay += policy.delay * (random - 0.5);
  // Beyond a year a clock's own arithmetic would overflow.
  constexpr std::chrono::duration<double> kLongest = std::chrono::hours(24 * 365);
  if (std::isnan(delay.count())) return {};
  return std::clamp(delay, std::chrono::duration<double>(0), kLongest);
}

bool IsRetryable(const Error& error) { return error.code() != ErrorCode::kCancelled; }

}  // namespace entrepot
