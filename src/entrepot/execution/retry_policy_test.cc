#include "entrepot/execution/retry_policy.h"

#include <limits>

#include <gtest/gtest.h>

namespace entrepot {
namespace {

using std::chrono::duration;

TEST(RetryPolicyTest, DelaysGrowAsThePolicySays) {
  const RetryPolicy constant{.max_retries = 3, .delay = duration<double>(2)};
  EXPECT_EQ(RetryDelay(constant, 3, 0.5).count(), 2);
  RetryPolicy policy = constant;
  policy.backoff = Backoff::kLinear;
  EXPECT_EQ(RetryDelay(policy, 3, 0.5).count(), 6);
  policy.backoff = Backoff::kExponential;
  EXPECT_EQ(RetryDelay(policy, 1, 0.5).count(), 2);
  EXPECT_EQ(RetryDelay(policy, 3, 0.5).count(), 14);
}

TEST(RetryPolicyTest, JitterStaysInItsBounds) {
  RetryPolicy policy{.max_retries = 1, .delay = duration<double>(2)};
  policy.jitter = Jitter::kFull;
  EXPECT_EQ(RetryDelay(policy, 1, 0.25).count(), 0.5);
  policy.jitter = Jitter::kPlusMinus;
  EXPECT_EQ(RetryDelay(policy, 1, 0).count(), 1);
  EXPECT_EQ(RetryDelay(policy, 1, 0.75).count(), 2.5);
}

TEST(RetryPolicyTest, ACancellationIsNotRetried) {
  EXPECT_FALSE(IsRetryable(Cancelled("stop")));
  EXPECT_TRUE(IsRetryable(Unavailable("later")));
}

TEST(RetryPolicyTest, ADelayThatIsNoNumberIsNone) {
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(RetryDelay({.delay = duration<double>(not_a_number)}, 1, 0).count(), 0);
}

}  // namespace
}  // namespace entrepot
