// Random graphs, run on 1, 2 and 8 threads, against a simple model of what must have
// happened. A failure prints the smallest scenario found and what RC_PARAMS repeats it.
// ENTREPOT_SOAK=1 runs many more.

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <rapidcheck.h>

#include "entrepot/testing/seed.h"
#include "scenario_run.h"

namespace entrepot::stress {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

/// A run under the thread sanitizer is many times slower, and sees more.
#ifdef __SANITIZE_THREAD__
constexpr int kSmall = 300;
constexpr int kOnDisk = 5;
constexpr int kLarge = 1;
#else
constexpr int kSmall = 400;
constexpr int kOnDisk = 12;
constexpr int kLarge = 2;
#endif

std::string Explain(const rc::detail::TestResult& result) {
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  return text.str();
}

/// Runs so many scenarios, of which each must go as its model says. RC_PARAMS'
/// max_success scales their number: 100 leaves it.
void ExpectAsModelled(const Drawing& drawing, int num_scenarios) {
  const std::string name =
      ::testing::UnitTest::GetInstance()->current_test_info()->name();
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  const int soak = testing::IsSoak() ? 20 : 1;
  params.maxSuccess = params.maxSuccess * num_scenarios * soak / 100;
  std::vector<std::string> last_faults;  // They may depend on chance, and not come again.
  const auto result = rc::detail::checkTestable(
      [&] {
        const Scenario scenario = *Scenarios(drawing);
        const auto faults = FaultsOf(scenario);
        if (!faults.empty()) last_faults = faults;
        if (!faults.empty()) RC_FAIL(fmt::format("{}", fmt::join(faults, "\n")));
      },
      rc::detail::TestMetadata{.id = name, .description = name}, params);
  if (!result.is<rc::detail::SuccessResult>())
    ADD_FAILURE() << Explain(result)
                  << fmt::format("\nlast seen:\n{}", fmt::join(last_faults, "\n"));
}

TEST(ExecutorStressTest, SmallGraphsDoWhatTheModelSays) {
  ExpectAsModelled({.most_steps = 40,
                    .kept_in = {KeptIn::kCountedMemory, KeptIn::kCountedMemory,
                                KeptIn::kMemory, KeptIn::kFiles}},
                   kSmall);
}

TEST(ExecutorStressTest, GraphsOnDiskDoWhatTheModelSays) {
  ExpectAsModelled({.most_steps = 400,
                    .kept_in = {KeptIn::kCountedMemory, KeptIn::kFiles},
                    .logged_in = LoggedIn::kSqlite},
                   kOnDisk);
}

class LargeGraphStressTest : public ::testing::TestWithParam<int> {};

TEST_P(LargeGraphStressTest, GraphsOf10000StepsDoWhatTheModelSays) {
  ExpectAsModelled({.most_steps = 10'000,
                    .fewest_steps = 10'000,
                    .workers = {GetParam()},
                    .kept_in = {KeptIn::kCountedMemory, KeptIn::kMemory}},
                   kLarge);
}
INSTANTIATE_TEST_SUITE_P(Workers, LargeGraphStressTest, ::testing::Values(1, 2, 8),
                         ::testing::PrintToStringParamName());

// That the tests above can fail.

TEST(StressOfStressTest, AStepThatDoesNotEndAsTheModelSaysIsSeen) {
  Scenario expected;
  expected.steps.resize(3, StepPlan{.reads = {1}});
  Scenario done = expected;
  done.steps[1].failing_attempts = 1;
  EXPECT_THAT(FaultsOf(expected), IsEmpty());
  EXPECT_THAT(FaultsOf(done, expected),
              IsSupersetOf({"s1 ended as 'failure', not 'success'",
                            "s2 ended as 'skipped', not 'success'",
                            "s2 was attempted 0 times, not 1"}));
}

TEST(StressOfStressTest, AFailureIsShrunkToTheStepsThatMatter) {
  const auto result = rc::detail::checkTestable(
      [] {
        const Scenario scenario = *Scenarios({.most_steps = 200, .fewest_steps = 100});
        for (const StepPlan& step : scenario.steps) RC_ASSERT(step.max_retries < 2);
      },
      rc::detail::TestMetadata{}, rc::detail::TestParams{.seed = 1});
  EXPECT_THAT(Explain(result), HasSubstr("1 steps on"));
  EXPECT_THAT(Explain(result), HasSubstr("  s0, 2 retries\n"));
}

}  // namespace
}  // namespace entrepot::stress
