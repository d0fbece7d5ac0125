// Each call that SQLite makes for a log fails in each way: the error names the log, and
// what was durable is there when it is opened again.

#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <random>

#include "entrepot/testing/faulty_sqlite_files.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "log_workload.h"

namespace entrepot::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<SqliteFileCallKind> CallsOfWorkload(Durability durability) {
  const TemporaryFolder folder;
  FaultySqliteFiles counting(std::nullopt);
  const WorkloadResult result = RunLogWorkload(folder.path() + "/log.db", durability);
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(result.num_durable, LogHistory::kGroups * LogHistory::kGroupSize);
  return counting.calls();
}

/// Draws one of each call's faults; all of them when soaking.
std::vector<SqliteFault> OneOfEachCall(const std::vector<SqliteFault>& faults) {
  if (IsSoak()) return faults;
  std::map<int, std::vector<SqliteFault>> of_call;
  for (const SqliteFault& fault : faults) of_call[fault.at].push_back(fault);
  std::vector<SqliteFault> drawn;
  std::mt19937 random(Seed());
  for (const auto& [at, all] : of_call) drawn.push_back(all[random() % all.size()]);
  return drawn;
}

class LogFailuresTest : public ::testing::TestWithParam<Durability> {
 protected:
  /// Runs the workload with `fault` and checks what came of it.
  void Try(const SqliteFault& fault) {
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/log.db";
    FaultySqliteFiles files(fault);
    const Stopwatch stopwatch;
    const WorkloadResult result = RunLogWorkload(path, GetParam());
    EXPECT_LT(stopwatch.seconds(), 5)
        << "nobody holds a lock: there is nothing to wait for";
    for (const Error& error : result.errors) {
      EXPECT_THAT(error.ToString(), HasSubstr(path));
      EXPECT_EQ(error.code(), ErrorCode::kUnavailable) << error.ToString();
    }
    files.Heal();
    ExpectThatItGoesOn(path, result);
  }

  void ExpectThatItGoesOn(const std::string& path, const WorkloadResult& result) {
    {
      const auto log = OpenLog(path, GetParam());
      ASSERT_THAT(log, IsOk());
      ExpectBeginningOfHistory(**log, result.num_durable, result.num_appended);
      const Event line{.time = 1, .data = Logged{.message = "goes on"}};
      ASSERT_THAT((*log)->Append({line}), IsOk());
      ASSERT_THAT((*log)->Flush(), IsOk());
      EXPECT_THAT((*log)->Events({}), IsOkAndHolds(SizeIs(1)));
    }
    ExpectWhole(path);
  }
};
INSTANTIATE_TEST_SUITE_P(, LogFailuresTest,
                         ::testing::Values(Durability::kFull, Durability::kFast),
                         [](const auto& info) {
                           return info.param == Durability::kFull ? "Durable" : "Fast";
                         });

TEST_P(LogFailuresTest, AFailureOfAnyCallLosesNothingDurableAndNamesTheLog) {
  const auto calls = CallsOfWorkload(GetParam());
  const auto faults = OneOfEachCall(FailuresOf(calls));
  // Without syncs, which show only after a loss of power, the two do the same.
  const size_t most = GetParam() == Durability::kFull ? faults.size() : 100;
  for (const SqliteFault& fault : Sample(faults, most)) {
    SCOPED_TRACE(fmt::format("{}; ENTREPOT_SEED={}",
                             Describe(fault, calls[static_cast<size_t>(fault.at)]),
                             Seed()));
    Try(fault);
    if (HasFatalFailure()) return;
  }
}

/// No write to the database file succeeds while the disk is full. The WAL grows.
class FullDatabase final : public InterceptedSqliteFiles {
 public:
  std::atomic<bool> is_full = false;
  std::atomic<int> num_refused = 0;

 protected:
  int Do(const SqliteFileCall& call) override {
    const bool is_refused =
        is_full && call.kind == SqliteFileCallKind::kWrite && call.path.ends_with(".db");
    if (!is_refused) return InterceptedSqliteFiles::Do(call);
    ++num_refused;
    return SQLITE_FULL;
  }
};

// What is committed is in the WAL. Moving it into the database is done by whoever commits
// when much has gathered, and may be done later.
TEST(LogCheckpointTest, ACheckpointThatFailsFailsNoCommitAndIsTriedAgain) {
  constexpr int kLines = 6'000;  // Of a page each; 4,000 pages call for a checkpoint.
  const TemporaryFolder folder;
  FullDatabase files;
  {
    const auto log = OpenLog(folder.path() + "/log.db").value();
    files.is_full = true;
    for (int i = 0; i < kLines; ++i) {
      const Event line{.time = 1, .data = Logged{.message = std::string(4'000, 'x')}};
      ASSERT_THAT(log->Append({line}), IsOk());
    }
    ASSERT_THAT(log->Flush(), IsOk());
    EXPECT_GT(files.num_refused, 0);
    EXPECT_THAT(log->Events({}), IsOkAndHolds(SizeIs(kLines)));
    files.is_full = false;
    const Event line{.time = 1, .data = Logged{.message = "x"}};
    ASSERT_THAT(log->Append({line}), IsOk());
    ASSERT_THAT(log->Flush(), IsOk());
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/log.db-wal"));
  EXPECT_THAT(OpenLog(folder.path() + "/log.db").value()->Events({}),
              IsOkAndHolds(SizeIs(kLines + 1)));
}

}  // namespace
}  // namespace entrepot::testing
