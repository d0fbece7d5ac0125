#include "entrepot/sql/fork_guard.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "entrepot/sql/sqlite_database.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using testing::IsOk;
using testing::IsOkAndHolds;

/// Lets one process wait for another.
class Gate {
 public:
  Gate() { ENTREPOT_CHECK(pipe(ends_.data()) == 0); }
  void Open() { ENTREPOT_CHECK(write(ends_[1], "x", 1) == 1); }
  void Wait() {
    char byte = 0;
    ENTREPOT_CHECK(read(ends_[0], &byte, 1) == 1);
  }

 private:
  std::array<int, 2> ends_{};
};

bool ExitedWell(pid_t child) {
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

class ForkGuardTest : public ::testing::Test {
 protected:
  SqliteDatabase Open() const {
    return SqliteDatabase::Open(folder_.path() + "/test.db").value();
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ForkGuardTest, ChildrenCountTheirGeneration) {
  InstallForkGuard();
  const std::uint64_t before = ForkGeneration();
  const pid_t child = fork();
  if (child == 0) _exit(ForkGeneration() == before + 1 ? 0 : 1);
  EXPECT_TRUE(ExitedWell(child));
  EXPECT_EQ(ForkGeneration(), before);
}

TEST_F(ForkGuardTest, ChildsCommitsSurviveTheParentsClose) {
  auto parents = std::make_unique<SqliteDatabase>(Open());
  ASSERT_THAT(parents->QueryText("PRAGMA journal_mode = WAL"), IsOkAndHolds("wal"));
  ASSERT_THAT(parents->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)"), IsOk());
  Gate child_is_open, parent_has_closed;
  const pid_t child = fork();
  if (child == 0) {
    SqliteDatabase childs = Open();
    bool good = childs.Execute("INSERT INTO t VALUES (2)").has_value();
    child_is_open.Open();
    parent_has_closed.Wait();
    good = good && childs.Execute("INSERT INTO t VALUES (3)").has_value();
    _exit(good ? 0 : 1);
  }
  child_is_open.Wait();
  parents.reset();
  ASSERT_THAT(Open().Execute("INSERT INTO t VALUES (4)"), IsOk());
  parent_has_closed.Open();
  EXPECT_TRUE(ExitedWell(child));
  EXPECT_THAT(
      Open().QueryText("SELECT group_concat(a) FROM (SELECT a FROM t ORDER BY a)"),
      IsOkAndHolds("1,2,3,4"));
}

TEST_F(ForkGuardTest, ChildrenCanUseSqliteWhileOtherThreadsOfTheParentDo) {
  {
    SqliteDatabase database = Open();
    ASSERT_THAT(database.QueryText("PRAGMA journal_mode = WAL"), IsOk());
    ASSERT_THAT(database.Execute("CREATE TABLE t (a)"), IsOk());
  }
  std::atomic<bool> done = false;
  std::thread busy([&] {
    while (!done) ASSERT_THAT(Open().Execute("INSERT INTO t VALUES (1)"), IsOk());
  });
  for (int i = 0; i < 50; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      _exit(Open().Execute("INSERT INTO t VALUES (2)").has_value() ? 0 : 1);
    }
    EXPECT_TRUE(ExitedWell(child));
  }
  done = true;
  busy.join();
  EXPECT_THAT(Open().QueryInt("SELECT count(*) FROM t WHERE a = 2"), IsOkAndHolds(50));
}

}  // namespace
}  // namespace entrepot
