// What the tests of logs rely on: files of SQLite that fail, and a disk that forgets.

#include <sqlite3.h>

#include <algorithm>

#include "entrepot/sql/sqlite_database.h"
#include "entrepot/testing/faulty_sqlite_files.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/recorded_sqlite_disk.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SqliteFilesTest : public ::testing::Test {
 protected:
  SqliteDatabase Open() const {
    return SqliteDatabase::Open(folder_.path() + "/x.db").value();
  }

  TemporaryFolder folder_;
};

TEST_F(SqliteFilesTest, AFaultComesAtItsCallAndOnce) {
  std::vector<SqliteFileCallKind> calls;
  {
    const FaultySqliteFiles counting(std::nullopt);
    ASSERT_THAT(Open().Execute("CREATE TABLE t (a)"), IsOk());
    calls = counting.calls();
  }
  const auto first_write = std::ranges::find(calls, SqliteFileCallKind::kWrite);
  ASSERT_NE(first_write, calls.end());
  const auto at = static_cast<int>(first_write - calls.begin());
  const TemporaryFolder other;
  const std::string path = other.path() + "/x.db";
  const FaultySqliteFiles faulty(SqliteFault{.at = at, .code = SQLITE_FULL});
  SqliteDatabase database = SqliteDatabase::Open(path).value();
  EXPECT_THAT(database.Execute("CREATE TABLE t (a)"),
              FailsWith(ErrorCode::kUnavailable, HasSubstr("no space")));
  EXPECT_EQ(faulty.calls()[static_cast<size_t>(at)], SqliteFileCallKind::kWrite);
  EXPECT_THAT(database.Execute("CREATE TABLE t (a)"), IsOk());
}

TEST_F(SqliteFilesTest, FaultsOfACallAreThoseItCanHave) {
  const std::vector calls = {SqliteFileCallKind::kRead, SqliteFileCallKind::kWrite};
  for (const SqliteFault& fault : FailuresOf(calls)) {
    EXPECT_FALSE(fault.at == 0 && fault.kind != SqliteFaultKind::kFail);
    EXPECT_FALSE(fault.at == 0 && fault.code == SQLITE_FULL);
  }
  EXPECT_EQ(KillsOf(calls).size(), 4u) << "before both, and within and after the write";
}

TEST_F(SqliteFilesTest, ADiskForgetsWhatWasNotSyncedAndKeepsWhatWas) {
  RecordedSqliteDisk disk;
  size_t before = 0;
  {
    SqliteDatabase database = Open();
    EXPECT_THAT(disk.AfterPowerLoss(disk.size(), 0).files, IsEmpty());
    ASSERT_THAT(database.Execute("CREATE TABLE t (a)"), IsOk());
    before = disk.size();
    ASSERT_THAT(
        database.Execute("PRAGMA synchronous = OFF; INSERT INTO t VALUES ('forgotten')"),
        IsOk());
  }
  const auto bytes = [&](size_t size, std::uint32_t seed) {
    return disk.AfterPowerLoss(size, seed).files.at("x.db").bytes;
  };
  EXPECT_EQ(bytes(disk.size(), 0), bytes(before, 0)) << "none of it was synced";
  EXPECT_THAT(bytes(disk.size(), 1), HasSubstr("forgotten"));
  EXPECT_THAT(disk.AfterPowerLoss(disk.size(), 0).files,
              Contains(::testing::Key("x.db")));
}

TEST_F(SqliteFilesTest, ADiskMayKeepALaterPieceAndLoseAnEarlierOne) {
  RecordedSqliteDisk disk;
  {
    SqliteDatabase database = Open();
    ASSERT_THAT(database.Execute("PRAGMA synchronous = OFF; CREATE TABLE t (a)"), IsOk());
    const std::string text(20'000, 'x');
    ASSERT_THAT(database.Execute("INSERT INTO t VALUES ('" + text + "')"), IsOk());
  }
  const auto whole = disk.AfterPowerLoss(disk.size(), 1);
  int num_torn = 0;
  for (std::uint32_t seed = 2; seed < 20; ++seed) {
    const auto state = disk.AfterPowerLoss(disk.size(), seed);
    const auto file = state.files.find("x.db");
    if (file == state.files.end()) continue;  // Its name was not synced.
    const std::string& kept = file->second.bytes;
    const std::string_view all = whole.files.at("x.db").bytes;
    if (kept.size() == all.size() && kept != all) ++num_torn;
  }
  EXPECT_GT(num_torn, 0);
}

}  // namespace
}  // namespace entrepot::testing
