#include "entrepot/cli/interrupt_watch_internal.h"

#include <signal.h>

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace entrepot::internal {
namespace {

bool IsRequestedSoon(const std::stop_token& token) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!token.stop_requested() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return token.stop_requested();
}

TEST(InterruptWatchTest, TurnsAFirstSignalIntoAStopRequest) {
  for (const int signal : {SIGINT, SIGTERM}) {
    InterruptWatch watch;
    EXPECT_FALSE(watch.token().stop_requested());
    ::raise(signal);
    EXPECT_TRUE(IsRequestedSoon(watch.token()));
  }
}

TEST(InterruptWatchTest, EndsTheProcessAtASecondSignal) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        InterruptWatch watch;
        ::raise(SIGINT);
        ::raise(SIGINT);
      },
      ::testing::ExitedWithCode(130), "");
}

TEST(InterruptWatchTest, GivesSignalsBackWhenItEnds) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        {
          const InterruptWatch watch;
        }
        ::raise(SIGTERM);
      },
      ::testing::KilledBySignal(SIGTERM), "");
}

TEST(InterruptWatchTest, LeavesASignalIgnoredThatWasIgnored) {
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  struct sigaction before{};
  ::sigaction(SIGINT, &ignore, &before);
  {
    const InterruptWatch watch;
    ::raise(SIGINT);
    struct sigaction now{};
    ::sigaction(SIGINT, nullptr, &now);
    EXPECT_EQ(now.sa_handler, SIG_IGN);
    EXPECT_FALSE(watch.token().stop_requested());
  }
  ::sigaction(SIGINT, &before, nullptr);
}

}  // namespace
}  // namespace entrepot::internal
