// A process that materializes in a loop is killed at random moments of its work.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "child_process.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "instance_user.h"
#include "stamped_values.h"

namespace entrepot::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

int NumKills() { return IsSoak() ? 500 : 100; }

std::vector<std::string> FilesBelow(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory())
      names.push_back(fs::relative(entry.path(), folder).string());
  }
  std::ranges::sort(names);
  return names;
}

class RandomKillsTest : public ::testing::TestWithParam<Durability> {
 protected:
  /// Starts a process that materializes `first` and on, and kills it at a random moment
  /// of its work. Returns the last stamp that it acknowledged; first - 1: none.
  std::int64_t GrowUntilKilled(std::int64_t first) {
    constexpr double kLongestMicros = 30'000;
    const bool is_full = GetParam() == Durability::kFull;
    ChildProcess child({"grow", home_, is_full ? "full" : "fast", std::to_string(first)});
    killed_pid_ = child.pid();
    EXPECT_EQ(child.ReadNumber(), 0) << "it says when it begins";
    const double micros = std::uniform_real_distribution(0.0, kLongestMicros)(random_);
    std::this_thread::sleep_for(
        std::chrono::microseconds(static_cast<std::int64_t>(micros)));
    child.Kill();
    EXPECT_EQ(child.Wait(), -SIGKILL);
    std::int64_t acknowledged = first - 1;
    while (const auto stamp = child.ReadNumber()) acknowledged = *stamp;
    return acknowledged;
  }

  /// Every value is whole and at least as new as `acknowledged`. Returns the newest
  /// stamp.
  static std::int64_t CheckValues(Instance& instance, std::int64_t acknowledged) {
    std::int64_t newest = acknowledged;
    for (const char* key : {"table", "tensor", "note"}) {
      const auto value =
          instance.LoadValue(AssetKey::Parse(key).value(), {.request = {.verify = true}});
      EXPECT_THAT(value, IsOk()) << key;
      const auto stamp = value ? StampOf(*value) : Result<std::int64_t>(value.error());
      EXPECT_THAT(stamp, IsOkAndHolds(::testing::Ge(acknowledged))) << key;
      newest = std::max(newest, stamp.value_or(0));
    }
    return newest;
  }

  /// No run is left unfinished, and the last one, if it was, says why.
  void CheckRuns(Instance& instance) {
    EventLog& log = instance.log();
    EXPECT_THAT(log.Runs({.only_unfinished = true}), IsOkAndHolds(IsEmpty()));
    const RunRecord last = log.Runs({.limit = 1}).value().at(0);
    if (last.status == RunStatus::kSuccess) return;
    ++num_interrupted_;
    EXPECT_EQ(last.status, RunStatus::kInterrupted);
    EXPECT_EQ(last.pid, killed_pid_);
    EXPECT_THAT(last.error, HasSubstr(fmt::format("process {} on", killed_pid_)));
    for (const StepRecord& step : log.Steps(last.run_id).value()) {
      EXPECT_TRUE(step.status == StepStatus::kSuccess ||
                  step.status == StepStatus::kInterrupted)
          << step.step_key << " is " << ToString(step.status);
    }
  }

  void Materialize(const std::shared_ptr<Instance>& instance, std::int64_t stamp) {
    const auto result =
        entrepot::Materialize(GrowingAssets(stamp), {.instance = instance});
    ASSERT_THAT(result, IsOk());
    ASSERT_THAT(result->ToStatus(), IsOk());
    EXPECT_THAT(FilesBelow(instance->storage_folder()),
                ElementsAreArray(FilesOfGrowingAssets(stamp)));
  }

  std::shared_ptr<Instance> Open() const {
    return Instance::Open(home_, {.durability = GetParam()}).value();
  }

  TemporaryFolder folder_;
  const std::string home_ = folder_.path() + "/home";
  std::mt19937 random_{Seed()};
  pid_t killed_pid_ = 0;
  int num_interrupted_ = 0;
};
INSTANTIATE_TEST_SUITE_P(, RandomKillsTest,
                         ::testing::Values(Durability::kFull, Durability::kFast),
                         [](const auto& info) {
                           return info.param == Durability::kFull ? "Durable" : "Fast";
                         });

TEST_P(RandomKillsTest, ValuesAreWholeAndAcknowledgedAndNothingIsLeftOver) {
  std::int64_t stamp = 1;
  Materialize(Open(), stamp);
  for (int kill = 1; kill <= NumKills(); ++kill) {
    SCOPED_TRACE(fmt::format("kill {}; ENTREPOT_SEED={}", kill, Seed()));
    const std::int64_t acknowledged = GrowUntilKilled(stamp + 1);
    const auto instance = Open();
    CheckRuns(*instance);
    stamp = CheckValues(*instance, acknowledged) + 1;
    Materialize(instance, stamp);
    if (HasFailure()) return;
  }
  EXPECT_GT(num_interrupted_, NumKills() / 4) << "else the moments are not of its work";
  RecordProperty("interrupted", num_interrupted_);
  fmt::print("{} of {} kills hit a run\n", num_interrupted_, NumKills());
}

}  // namespace
}  // namespace entrepot::testing
