// What a SQLite log does beyond the conformance suite: failures, several processes, the
// queue.

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "entrepot/events/event_log.h"
#include "entrepot/events/sqlite_schema_internal.h"
#include "entrepot/testing/forks.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using std::chrono::milliseconds;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::kChildrenMayHaveThreads;
using ::testing::SizeIs;

Event Stored(const std::string& key, const EventIdRef& id = nullptr) {
  Materialized data{.key = AssetKey::Parse(key).value(), .id = id};
  return {.time = 1, .step_key = "", .data = std::move(data)};
}

Event Line(std::string text) {
  return {.time = 1,
          .data = Logged{.level = LogLevel::kInfo, .message = std::move(text)}};
}

Event Start(std::string run_id) {
  return {.time = 1, .run_id = std::move(run_id), .step_key = "", .data = RunStarted{}};
}

class SqliteEventLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<EventLog> Open(const SqliteEventLogOptions& options = {}) const {
    return OpenSqliteEventLog(path_, options).value();
  }

  testing::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/log.db";
};

TEST_F(SqliteEventLogTest, LockedLogFailsOnceAndStaysFailed) {
  const auto log = Open({.patience = milliseconds(50)});
  SqliteDatabase other = SqliteDatabase::Open(path_).value();
  const EventIdRef lost = MakeEventIdRef(), never = MakeEventIdRef();
  {
    auto transaction = SqliteTransaction::Begin(other).value();
    ASSERT_THAT(log->Append({Stored("a", lost)}), IsOk());
    EXPECT_THAT(log->Flush(), FailsWith(ErrorCode::kUnavailable,
                                        HasSubstr("locked by another process")));
  }
  EXPECT_EQ(*lost, 0);
  // The lock is gone, but a log is a prefix of what was appended.
  EXPECT_THAT(log->Append({Stored("b", never)}), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(log->Flush(), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(*never, 0);
  EXPECT_THAT(Open()->Assets(), IsOkAndHolds(IsEmpty()));
}

TEST_F(SqliteEventLogTest, LockedLogWaitsWithinThePatience) {
  const auto log = Open();
  SqliteDatabase other = SqliteDatabase::Open(path_).value();
  auto transaction = std::make_optional(SqliteTransaction::Begin(other).value());
  ASSERT_THAT(log->Append({Stored("a")}), IsOk());
  std::this_thread::sleep_for(milliseconds(50));
  transaction.reset();
  EXPECT_THAT(log->Flush(), IsOk());
}

// A disk that is full once `bytes_left` are written, as SQLite sees it.
std::atomic<std::int64_t> bytes_left = -1;  // -1: no limit.

ssize_t WriteToFullDisk(int fd, const void* data, size_t size, off_t offset) {
  if (bytes_left >= 0 && (bytes_left -= static_cast<std::int64_t>(size)) < 0) {
    bytes_left = 0;
    errno = ENOSPC;
    return -1;
  }
  return pwrite(fd, data, size, offset);
}

class FullDisk {
 public:
  explicit FullDisk(std::int64_t space_bytes) {
    bytes_left = space_bytes;
    Set(reinterpret_cast<sqlite3_syscall_ptr>(WriteToFullDisk));
  }
  ~FullDisk() {
    Set(nullptr);
    bytes_left = -1;
  }

 private:
  static void Set(sqlite3_syscall_ptr call) {
    sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    for (const char* name : {"pwrite", "pwrite64"}) vfs->xSetSystemCall(vfs, name, call);
  }
};

TEST_F(SqliteEventLogTest, FullDiskKeepsAPrefixAndGivesNoFalseIds) {
  // Set before any thread calls SQLite; the limit takes effect with the second group.
  FullDisk disk(std::int64_t{1} << 40);
  auto log = Open();
  const EventIdRef kept = MakeEventIdRef(), lost = MakeEventIdRef();
  ASSERT_THAT(log->Append({Stored("kept", kept)}), IsOk());
  ASSERT_THAT(log->Flush(), IsOk());
  bytes_left = 3 * 4096;
  ASSERT_THAT(log->Append({Stored("lost", lost), Line(std::string(1'000'000, 'x'))}),
              IsOk());
  EXPECT_THAT(log->Flush(),
              FailsWith(ErrorCode::kUnavailable, HasSubstr("no space is left")));
  EXPECT_GT(*kept, 0);
  EXPECT_EQ(*lost, 0);
  bytes_left = -1;
  log.reset();
  const auto assets = Open()->Assets().value();
  ASSERT_THAT(assets, SizeIs(1));
  EXPECT_EQ(assets[0].latest, *kept);
}

TEST_F(SqliteEventLogTest, AppendWaitsWhileTooMuchIsQueued) {
  const auto log = Open();
  SqliteDatabase other = SqliteDatabase::Open(path_).value();
  auto transaction = std::make_optional(SqliteTransaction::Begin(other).value());
  std::atomic<int> num_appended = 0;
  std::thread appender([&] {
    for (int i = 0; i < 60; ++i) {
      ASSERT_THAT(log->Append(std::vector<Event>(1'000, Line("x"))), IsOk());
      ++num_appended;
    }
  });
  std::this_thread::sleep_for(milliseconds(300));
  // One piece is with the thread that waits for the lock, and 20 fill the queue.
  EXPECT_LE(num_appended, 45);
  transaction.reset();
  appender.join();
  ASSERT_THAT(log->Flush(), IsOk());
  EXPECT_THAT(other.QueryInt("SELECT count(*) FROM events"), IsOkAndHolds(60'000));
}

TEST_F(SqliteEventLogTest, ReadersDoNotWaitForAnotherProcessThatWrites) {
  const auto log = Open();
  ASSERT_THAT(log->Append({Stored("a")}), IsOk());
  ASSERT_THAT(log->Flush(), IsOk());
  SqliteDatabase other = SqliteDatabase::Open(path_).value();
  const auto transaction = SqliteTransaction::Begin(other).value();
  EXPECT_THAT(log->Assets(), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(Open()->Assets(), IsOkAndHolds(SizeIs(1)));
}

TEST_F(SqliteEventLogTest, QueriesSeeWhatOtherObjectsHaveFlushed) {
  const auto log = Open(), other = Open();
  ASSERT_THAT(log->Append({Start("r")}), IsOk());
  ASSERT_THAT(log->Flush(), IsOk());
  EXPECT_THAT(other->Runs({}), IsOkAndHolds(SizeIs(1)));
  ASSERT_THAT(other->Append({{1, "r", "s", StepStarted{}}}), IsOk());
  ASSERT_THAT(other->Flush(), IsOk());
  EXPECT_THAT(log->Steps("r"), IsOkAndHolds(SizeIs(1)));
}

/// Runs `body(i)` in `num_children` processes at once; true where all return true.
template <typename Body>
bool AllSucceed(int num_children, Body body) {
  for (int i = 0; i < num_children; ++i) {
    if (fork() == 0) _exit(body(i) ? 0 : 1);
  }
  bool all = true;
  for (int i = 0; i < num_children; ++i) {
    int status = 0;
    wait(&status);
    all = all && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  return all;
}

TEST_F(SqliteEventLogTest, ProcessesMayCreateTheSameLogAtOnce) {
  if (!kChildrenMayHaveThreads) GTEST_SKIP();
  for (int round = 0; round < 10; ++round) {
    path_ = fmt::format("{}/{}.db", folder_.path(), round);
    EXPECT_TRUE(AllSucceed(8, [&](int) {
      const auto log = OpenSqliteEventLog(path_);
      if (!log) fmt::print(stderr, "{}\n", log.error().ToString());
      return log && (*log)->Append({Stored("a")}) && (*log)->Flush();
    }));
    EXPECT_THAT(Open()->Materializations({}), IsOkAndHolds(SizeIs(8)));
  }
}

TEST_F(SqliteEventLogTest, EightProcessesAppendAtOnce) {
  if (!kChildrenMayHaveThreads) GTEST_SKIP();
  constexpr int kEach = 300;
  EXPECT_TRUE(AllSucceed(8, [&](int i) {
    const auto log = Open();
    const std::string run = fmt::format("run {}", i);
    bool good = log->Append({Start(run)}).has_value();
    for (int n = 0; n < kEach; ++n) {
      Event event = Stored(fmt::format("asset/{}", n % 10));
      event.run_id = run;
      event.step_key = std::to_string(n);
      good = good && log->Append({std::move(event)});
      if (n % 10 == 0) good = good && log->Flush();
    }
    return good && log->Flush();
  }));
  const auto log = Open();
  EXPECT_THAT(log->Runs({}), IsOkAndHolds(SizeIs(8)));
  EXPECT_THAT(log->Assets(), IsOkAndHolds(SizeIs(10)));
  for (int i = 0; i < 8; ++i) {
    const auto steps = log->Steps(fmt::format("run {}", i)).value();
    ASSERT_THAT(steps, SizeIs(kEach));
    for (int n = 0; n < kEach; ++n) EXPECT_EQ(steps[n].step_key, std::to_string(n));
  }
}

TEST_F(SqliteEventLogTest, LogsOfBeforeTheIndexOfUnfinishedRunsGetIt) {
  ASSERT_THAT(Open()->Append({Start("r")}), IsOk());
  SqliteDatabase other = SqliteDatabase::Open(path_).value();
  ASSERT_THAT(other.Execute("DROP INDEX unfinished_runs"), IsOk());
  EXPECT_THAT(Open()->Runs({.only_unfinished = true}), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(
      other.QueryInt("SELECT count(*) FROM sqlite_schema WHERE name = 'unfinished_runs'"),
      IsOkAndHolds(1));
}

TEST_F(SqliteEventLogTest, IdsAreNeverReused) {
  const EventIdRef first = MakeEventIdRef(), second = MakeEventIdRef();
  ASSERT_THAT(Open()->Append({Stored("a", first)}), IsOk());
  ASSERT_THAT(SqliteDatabase::Open(path_).value().Execute(
                  "DELETE FROM events; DELETE FROM materializations; DELETE FROM latest"),
              IsOk());
  ASSERT_THAT(Open()->Append({Stored("a", second)}), IsOk());
  EXPECT_EQ(*first, 1);
  EXPECT_EQ(*second, 2);
}

}  // namespace
}  // namespace entrepot
