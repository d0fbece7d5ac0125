// What an instance does with a home that others have made, used, or died in.

#include <sys/wait.h>
#include <unistd.h>

#include "entrepot/execution/materialize.h"
#include "entrepot/execution/process_identity.h"
#include "entrepot/testing/forks.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::kChildrenMayHaveThreads;
using ::testing::SizeIs;
using testing::TemporaryFolder;

Event Begin(const std::string& run_id, const ProcessIdentity& process) {
  return {.time = 1,
          .run_id = run_id,
          .data = RunStarted{.host = process.host,
                             .pid = process.pid,
                             .process_start = process.start,
                             .num_steps = 1}};
}

/// One that had this one's id before.
ProcessIdentity GoneProcess() {
  ProcessIdentity process = ThisProcess();
  --process.start;
  return process;
}

class InterruptedRunsTest : public ::testing::Test {
 protected:
  std::shared_ptr<Instance> Open() const { return Instance::Open(home_).value(); }

  void Append(std::vector<Event> events) const {
    const auto log = OpenSqliteEventLog(home_ + "/entrepot.db").value();
    ASSERT_THAT(log->Append(std::move(events)), IsOk());
    ASSERT_THAT(log->Flush(), IsOk());
  }

  RunRecord RunOf(const Instance& instance, const std::string& run_id) const {
    return instance.log().Runs({.run_id = run_id}).value().at(0);
  }

  TemporaryFolder folder_;
  std::string home_ = folder_.path() + "/home";
  const std::shared_ptr<Instance> first_ = Open();  // Makes it.
};

TEST_F(InterruptedRunsTest, AKilledProcessesRunIsInterruptedWithItsStep) {
  if (!kChildrenMayHaveThreads) GTEST_SKIP();
  const pid_t child = fork();
  if (child == 0) {
    Definitions definitions;
    definitions.Add(Asset("first").Compute([] { return 1; }));
    definitions.Add(Asset("second").Reads("first").Compute([&](int value) {
      (void)first_->log().Flush();
      kill(getpid(), SIGKILL);
      return value;
    }));
    (void)Materialize(definitions, {.instance = first_});
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  const auto instance = Open();
  const auto runs = instance->log().Runs({}).value();
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].status, RunStatus::kInterrupted);
  EXPECT_GE(runs[0].finished, runs[0].started);
  EXPECT_THAT(runs[0].error, HasSubstr(fmt::format("process {} on '{}' is gone", child,
                                                   ThisProcess().host)));
  const auto steps = instance->log().Steps(runs[0].run_id).value();
  ASSERT_THAT(steps, SizeIs(2));
  EXPECT_EQ(steps[0].status, StepStatus::kSuccess);
  EXPECT_EQ(steps[1].status, StepStatus::kInterrupted);
  EXPECT_EQ(steps[1].error, runs[0].error);
}

TEST_F(InterruptedRunsTest, RunsOfLivingProcessesAreLeftAlone) {
  Append({Begin("mine", ThisProcess())});
  const pid_t child = fork();
  if (child == 0) {
    const auto instance = Instance::Open(home_);
    const bool left = instance && RunOf(**instance, "mine").status == RunStatus::kStarted;
    _exit(left ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(RunOf(*Open(), "mine").status, RunStatus::kStarted);
}

TEST_F(InterruptedRunsTest, RunsOfOtherMachinesAreLeftAlone) {
  ProcessIdentity elsewhere = GoneProcess();
  elsewhere.host = "another-machine";
  Append({Begin("theirs", elsewhere), Begin("ours", GoneProcess())});
  const auto instance = Open();
  EXPECT_EQ(RunOf(*instance, "theirs").status, RunStatus::kStarted);
  EXPECT_EQ(RunOf(*instance, "ours").status, RunStatus::kInterrupted);
}

TEST_F(InterruptedRunsTest, RunsThatHaveEndedKeepTheirStatus) {
  Append({Begin("done", GoneProcess()),
          {.time = 2, .run_id = "done", .data = RunFinished{}}});
  EXPECT_EQ(RunOf(*Open(), "done").status, RunStatus::kSuccess);
}

TEST_F(InterruptedRunsTest, AnInterruptionIsRecordedOnceHoweverManyOpenAtOnce) {
  if (!kChildrenMayHaveThreads) GTEST_SKIP();
  constexpr int kOpeners = 8;
  Append({Begin("r", GoneProcess())});
  for (int i = 0; i < kOpeners; ++i) {
    if (fork() == 0) _exit(Instance::Open(home_).has_value() ? 0 : 1);
  }
  for (int i = 0; i < kOpeners; ++i) {
    int status = 0;
    wait(&status);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(RunOf(*first_, "r").status, RunStatus::kInterrupted);
  EXPECT_THAT(first_->log().Events({.run_id = "r"}).value(), SizeIs(2));
}

}  // namespace
}  // namespace entrepot
