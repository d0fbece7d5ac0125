// A process that writes a log is killed at each call that SQLite makes: others find what
// was durable, and go on.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>

#include "entrepot/testing/faulty_sqlite_files.h"
#include "entrepot/testing/forks.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "log_workload.h"

namespace entrepot::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A number that outlives the child that sets it.
class SharedNumber {
 public:
  SharedNumber()
      : memory_(::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    ENTREPOT_CHECK(memory_ != MAP_FAILED);
    new (memory_) std::atomic<int>(0);
  }
  ~SharedNumber() { ::munmap(memory_, sizeof(std::atomic<int>)); }
  SharedNumber(const SharedNumber&) = delete;
  SharedNumber& operator=(const SharedNumber&) = delete;

  std::atomic<int>& value() { return *static_cast<std::atomic<int>*>(memory_); }

 private:
  void* memory_;
};

class LogKillsTest : public ::testing::Test {
 protected:
  /// Runs the workload in a child which is killed, and returns what was durable then.
  int RunUntilKilled(const std::string& path, int first_group, const SqliteFault& fault) {
    SharedNumber durable;
    durable.value() = first_group * LogHistory::kGroupSize;
    const pid_t child = ::fork();
    if (child == 0) {
      FaultySqliteFiles deadly(fault);
      RunLogWorkload(path, Durability::kFull, first_group,
                     [&](int num_events) { durable.value() = num_events; });
      ::_exit(0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    return durable.value();
  }

  std::vector<SqliteFileCallKind> CallsOfWorkload(const std::string& path,
                                                  int first_group) {
    FaultySqliteFiles counting(std::nullopt);
    EXPECT_THAT(RunLogWorkload(path, Durability::kFull, first_group).errors, IsEmpty());
    return counting.calls();
  }

  static void ExpectThatItTakesALine(EventLog& log) {
    const Event line{.time = 1, .data = Logged{.message = "goes on"}};
    ASSERT_THAT(log.Append({line}), IsOk());
    ASSERT_THAT(log.Flush(), IsOk());
    EXPECT_THAT(log.Events({}), IsOkAndHolds(SizeIs(1)));
  }
};

TEST_F(LogKillsTest, AKillAtAnyCallLosesNothingDurable) {
  if (!testing::kChildrenMayHaveThreads) GTEST_SKIP();
  const TemporaryFolder unharmed;
  const auto calls = CallsOfWorkload(unharmed.path() + "/log.db", 0);
  for (const SqliteFault& fault : KillsOf(calls)) {
    // The files are what the change before the call has left.
    if (fault.kind == SqliteFaultKind::kKillBefore) continue;
    SCOPED_TRACE(Describe(fault, calls[static_cast<size_t>(fault.at)]));
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/log.db";
    const int num_durable = RunUntilKilled(path, 0, fault);
    const FaultySqliteFiles without_syncs(std::nullopt);
    {
      const auto log = OpenLog(path);
      ASSERT_THAT(log, IsOk());
      ExpectBeginningOfHistory(**log, num_durable);
      ExpectThatItTakesALine(**log);
    }
    ExpectWhole(path);
  }
}

// The one who dies leaves its half-written index of the WAL to those who go on.
TEST_F(LogKillsTest, AKillAtAnyCallDoesNotDisturbOthersThatHaveTheLogOpen) {
  if (!testing::kChildrenMayHaveThreads) GTEST_SKIP();
  constexpr int kFirstGroup = 1;
  const TemporaryFolder made;
  const std::string first_group = made.path() + "/log.db";
  ASSERT_THAT(OpenLog(first_group).value()->Append(LogHistory().Group(0)), IsOk());
  const auto open_copy = [&](const std::string& path) {
    std::filesystem::copy_file(first_group, path);
    auto log = OpenLog(path, Durability::kFast).value();
    EXPECT_THAT(log->Runs({}), IsOkAndHolds(SizeIs(1)));
    return log;
  };
  std::vector<SqliteFileCallKind> calls;
  {
    const auto bystander = open_copy(made.path() + "/copy.db");
    calls = CallsOfWorkload(made.path() + "/copy.db", kFirstGroup);
  }
  for (const SqliteFault& fault : Sample(KillsOf(calls), 200)) {
    SCOPED_TRACE(fmt::format("{}; ENTREPOT_SEED={}",
                             Describe(fault, calls[static_cast<size_t>(fault.at)]),
                             Seed()));
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/log.db";
    const auto bystander = open_copy(path);
    const int num_durable = RunUntilKilled(path, kFirstGroup, fault);
    const int num_events = ExpectBeginningOfHistory(*bystander, num_durable);
    ExpectThatItTakesALine(*bystander);
    const auto log = OpenLog(path, Durability::kFast);
    ASSERT_THAT(log, IsOk());
    ExpectBeginningOfHistory(**log, num_events, num_events);
    ExpectWhole(path);
  }
}

}  // namespace
}  // namespace entrepot::testing
