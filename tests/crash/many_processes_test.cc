// Many processes on one instance: none disturbs another, and readers do not wait.

#include <deque>

#include "child_process.h"
#include "entrepot/sql/sqlite_database.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"
#include "instance_user.h"

namespace entrepot::testing {
namespace {

using ::testing::SizeIs;

class ManyProcessesTest : public ::testing::Test {
 protected:
  /// Every run of `run_ids`' log has succeeded and knows what it stored.
  static void ExpectWholeRun(EventLog& log, const RunRecord& run) {
    EXPECT_EQ(run.status, RunStatus::kSuccess) << run.run_id << ": " << run.error;
    EXPECT_EQ(run.num_steps, 4);
    for (const StepRecord& step : log.Steps(run.run_id).value()) {
      EXPECT_EQ(step.status, StepStatus::kSuccess) << step.step_key;
    }
    const auto stored = log.Materializations({.run_id = run.run_id}).value();
    EXPECT_THAT(stored, SizeIs(4));
    for (const Materialization& one : stored) {
      ASSERT_THAT(one.receipts, SizeIs(1));
      EXPECT_EQ(one.receipts[0].run_id, run.run_id);
      EXPECT_EQ(one.inputs.size(), one.step_key.starts_with("copy/") ? 1u : 0u);
    }
  }

  TemporaryFolder folder_;
  const std::string home_ = folder_.path() + "/home";
};

TEST_F(ManyProcessesTest, EightWritersAndTwoReadersDoNotDisturbEachOther) {
  constexpr int kWriters = 8;
  constexpr int kRuns = 100;
  std::deque<ChildProcess> writers;
  std::deque<ChildProcess> readers;
  for (int writer = 1; writer <= kWriters; ++writer) {
    writers.emplace_back(std::vector<std::string>{"write", home_, std::to_string(writer),
                                                  std::to_string(kRuns)});
  }
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back(
        std::vector<std::string>{"read", home_, std::to_string(kWriters), "1"});
  }
  for (ChildProcess& writer : writers) EXPECT_EQ(writer.Wait(), 0);
  for (ChildProcess& reader : readers) {
    reader.EndInput();
    fmt::print("longest waits: {}", reader.ReadText());
    EXPECT_EQ(reader.Wait(), 0);
  }
  const auto instance = Instance::Open(home_).value();
  const auto runs = instance->log().Runs({.limit = 2 * kWriters * kRuns}).value();
  EXPECT_THAT(runs, SizeIs(kWriters * kRuns));
  for (const RunRecord& run : runs) ExpectWholeRun(instance->log(), run);
}

TEST_F(ManyProcessesTest, ReadersDoNotWaitForAWriterThatHoldsItsTransaction) {
  ASSERT_THAT(Write(home_, 1, 3), IsOk());
  SqliteDatabase other = SqliteDatabase::Open(home_ + "/entrepot.db").value();
  const auto transaction = SqliteTransaction::Begin(other).value();
  ASSERT_THAT(other.Execute("UPDATE runs SET status = 'failure'"), IsOk());
  const Stopwatch stopwatch;
  ChildProcess reader({"read", home_, "1", "50"});
  reader.EndInput();
  fmt::print("longest waits: {}", reader.ReadText());
  EXPECT_EQ(reader.Wait(), 0);
  EXPECT_LT(stopwatch.seconds(), 10) << "a reader that waits does so for 30 s";
}

TEST_F(ManyProcessesTest, AnOpenThatCannotRecordAnInterruptionLeavesItToTheNext) {
  const auto status_of_run = [&] {
    const auto instance = Instance::Open(home_).value();
    return instance->log().Runs({}).value().at(0).status;
  };
  {
    ChildProcess child({"grow", home_, "full", "1"});
    ASSERT_EQ(child.ReadNumber(), 0);
    ASSERT_EQ(child.ReadNumber(), 1);
  }
  SqliteDatabase other = SqliteDatabase::Open(home_ + "/entrepot.db").value();
  // As if it had been killed in the middle of a run.
  ASSERT_THAT(other.Execute("UPDATE runs SET status = 'started', finished = 0"), IsOk());
  {
    const auto transaction = SqliteTransaction::Begin(other).value();
    EXPECT_EQ(status_of_run(), RunStatus::kStarted);
  }
  EXPECT_EQ(status_of_run(), RunStatus::kInterrupted);
}

}  // namespace
}  // namespace entrepot::testing
