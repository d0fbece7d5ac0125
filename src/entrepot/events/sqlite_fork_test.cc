// A log that was open when its process forked.

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "entrepot/events/event_log.h"
#include "entrepot/sql/sqlite_database.h"
#include "entrepot/testing/forks.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using testing::IsOk;
using testing::IsOkAndHolds;
using testing::kChildrenMayHaveThreads;
using ::testing::SizeIs;

Event Line(std::string text) {
  return {.time = 1,
          .run_id = "r",
          .step_key = std::move(text),
          .data = Logged{.level = LogLevel::kInfo, .message = "x"}};
}

bool ExitedWell(pid_t child) {
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

class SqliteForkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(log_->Append({{1, "r", "", RunStarted{}}}), IsOk());
    ASSERT_THAT(log_->Flush(), IsOk());
  }

  size_t NumLines(const std::string& step_key) {
    return log_->Events({.run_id = "r", .step_key = step_key}).value().size();
  }

  testing::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/log.db";
  std::unique_ptr<EventLog> log_ = OpenSqliteEventLog(path_).value();
};

TEST_F(SqliteForkTest, ChildUsesTheInheritedLog) {
  if (!kChildrenMayHaveThreads) GTEST_SKIP();
  const pid_t child = fork();
  if (child == 0) {
    const bool good = log_->Append({Line("child")}) && log_->Flush() &&
                      NumLines("child") == 1 && log_->Append({Line("child")});
    log_.reset();  // Flushes.
    _exit(good ? 0 : 1);
  }
  ASSERT_THAT(log_->Append({Line("parent")}), IsOk());
  EXPECT_TRUE(ExitedWell(child));
  EXPECT_EQ(NumLines("child"), 2u);
  EXPECT_EQ(NumLines("parent"), 1u);
}

TEST_F(SqliteForkTest, ChildThatDoesNotUseTheLogLeavesItAlone) {
  const pid_t child = fork();
  if (child == 0) {
    const bool good = log_->Flush().has_value();
    log_.reset();
    _exit(good ? 0 : 1);
  }
  EXPECT_TRUE(ExitedWell(child));
  ASSERT_THAT(log_->Append({Line("parent")}), IsOk());
  EXPECT_EQ(NumLines("parent"), 1u);
}

TEST_F(SqliteForkTest, WhatWasQueuedBeforeTheForkIsTheParents) {
  SqliteDatabase other = SqliteDatabase::Open(path_).value();
  auto transaction = std::make_optional(SqliteTransaction::Begin(other).value());
  ASSERT_THAT(log_->Append({Line("parent")}), IsOk());  // Waits for the lock.
  const pid_t child = fork();
  if (child == 0) _exit(NumLines("parent") == 0 && log_->Flush() ? 0 : 1);
  EXPECT_TRUE(ExitedWell(child));
  transaction.reset();
  EXPECT_EQ(NumLines("parent"), 1u);
}

TEST_F(SqliteForkTest, ChildsEventsSurviveTheParentsClose) {
  if (!kChildrenMayHaveThreads) GTEST_SKIP();
  std::array<int, 2> used{}, closed{};
  ASSERT_EQ(pipe(used.data()), 0);
  ASSERT_EQ(pipe(closed.data()), 0);
  char byte = 0;
  const pid_t child = fork();
  if (child == 0) {
    bool good = log_->Append({Line("child")}) && log_->Flush();
    good = write(used[1], "x", 1) == 1 && read(closed[0], &byte, 1) == 1 && good;
    good = good && log_->Append({Line("child")}) && log_->Flush();
    _exit(good ? 0 : 1);
  }
  ASSERT_EQ(read(used[0], &byte, 1), 1);
  log_.reset();
  ASSERT_THAT(OpenSqliteEventLog(path_).value()->Append({Line("third")}), IsOk());
  ASSERT_EQ(write(closed[1], "x", 1), 1);
  EXPECT_TRUE(ExitedWell(child));
  log_ = OpenSqliteEventLog(path_).value();
  EXPECT_EQ(NumLines("child"), 2u);
  EXPECT_EQ(NumLines("third"), 1u);
}

TEST_F(SqliteForkTest, ForksMayComeWhileOtherThreadsUseTheLog) {
  if (!testing::kMayForkAmidWork) GTEST_SKIP();
  std::atomic<bool> done = false;
  std::atomic<size_t> num_appended = 0;
  std::thread writer([&] {
    while (!done) {
      ASSERT_THAT(log_->Append({Line("parent")}), IsOk());
      ++num_appended;
      if (num_appended % 100 != 0) continue;
      ASSERT_THAT(log_->Flush(), IsOk());
    }
  });
  std::thread reader([&] {
    while (!done) ASSERT_THAT(log_->Steps("r"), IsOk());
  });
  for (int i = 0; i < 30; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const bool good =
          log_->Append({Line("child")}) && log_->Flush() && log_->Steps("r");
      log_.reset();
      _exit(good ? 0 : 1);
    }
    EXPECT_TRUE(ExitedWell(child));
  }
  done = true;
  writer.join();
  reader.join();
  EXPECT_EQ(NumLines("child"), 30u);
  EXPECT_EQ(log_->Events({.run_id = "r", .step_key = "parent", .limit = 1 << 30})
                .value()
                .size(),
            num_appended);
}

}  // namespace
}  // namespace entrepot
