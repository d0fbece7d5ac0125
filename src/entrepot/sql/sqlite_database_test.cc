#include "entrepot/sql/sqlite_database.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Optional;

class SqliteTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  SqliteDatabase Open(const SqliteOptions& options = {}) const {
    return SqliteDatabase::Open(Path("test.db"), options).value();
  }

  testing::TemporaryFolder folder_;
};

TEST_F(SqliteTest, ValuesComeBackAsTheyWereBound) {
  SqliteDatabase database = Open();
  ASSERT_THAT(database.Execute("CREATE TABLE t (a, b, c, d, e, f)"), IsOk());
  SqliteStatement insert = database.Prepare("INSERT INTO t VALUES (?,?,?,?,?,?)").value();
  const std::string odd("a\0\xff\xe2\x82\xac", 6);
  ASSERT_THAT(
      insert.Run(7, 0.1, odd, std::optional<std::string>(), std::string_view(), true),
      IsOk());
  EXPECT_EQ(database.last_insert_id(), 1);
  int num_rows = 0;
  ASSERT_THAT(database.Prepare("SELECT * FROM t")
                  .value()
                  .ForEach([&](const SqliteRow& row) -> Status {
                    ++num_rows;
                    EXPECT_EQ(row.Int(0), 7);
                    EXPECT_EQ(row.Float(1), 0.1);
                    EXPECT_EQ(row.Text(2), odd);
                    EXPECT_TRUE(row.IsNull(3));
                    EXPECT_EQ(row.OptionalString(3), std::nullopt);
                    EXPECT_THAT(row.OptionalString(4), Optional(std::string()));
                    EXPECT_EQ(row.OptionalInt(5), 1);
                    return {};
                  }),
              IsOk());
  EXPECT_EQ(num_rows, 1);
}

TEST_F(SqliteTest, VisitorsErrorEndsTheQueryAndFreesTheStatement) {
  SqliteDatabase database = Open();
  ASSERT_THAT(database.Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)"),
              IsOk());
  SqliteStatement select = database.Prepare("SELECT a FROM t").value();
  const auto refuse = [](const SqliteRow&) -> Status { return NotFound("enough"); };
  EXPECT_THAT(select.ForEach(refuse), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(database.Execute("DROP TABLE t"),
              IsOk());  // No statement is still reading.
}

TEST_F(SqliteTest, TransactionsRollBackUnlessCommitted) {
  SqliteDatabase database = Open();
  ASSERT_THAT(database.Execute("CREATE TABLE t (a)"), IsOk());
  {
    auto transaction = SqliteTransaction::Begin(database);
    ASSERT_THAT(transaction, IsOk());
    ASSERT_THAT(database.Execute("INSERT INTO t VALUES (1)"), IsOk());
  }
  EXPECT_THAT(database.QueryInt("SELECT count(*) FROM t"), IsOkAndHolds(0));
  auto transaction = SqliteTransaction::Begin(database).value();
  ASSERT_THAT(database.Execute("INSERT INTO t VALUES (1)"), IsOk());
  ASSERT_THAT(transaction.Commit(), IsOk());
  EXPECT_THAT(database.QueryInt("SELECT count(*) FROM t"), IsOkAndHolds(1));
}

TEST_F(SqliteTest, LockedDatabaseIsUnavailableAfterThePatience) {
  SqliteDatabase holder = Open();
  auto transaction = SqliteTransaction::Begin(holder).value();
  SqliteDatabase other = Open({.patience = std::chrono::milliseconds(50)});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(
      other.Execute("BEGIN IMMEDIATE"),
      FailsWith(ErrorCode::kUnavailable,
                AllOf(HasSubstr("locked by another process"), HasSubstr("test.db"))));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(50));
}

TEST_F(SqliteTest, LockedDatabaseIsWaitedFor) {
  SqliteDatabase holder = Open();
  auto transaction = std::make_optional(SqliteTransaction::Begin(holder).value());
  SqliteDatabase other = Open();
  std::thread waiter([&] { EXPECT_THAT(other.Execute("BEGIN IMMEDIATE"), IsOk()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  transaction.reset();
  waiter.join();
}

TEST_F(SqliteTest, FullDatabaseIsUnavailable) {
  SqliteDatabase database = Open();
  ASSERT_THAT(database.Execute("PRAGMA max_page_count = 4; CREATE TABLE t (a)"), IsOk());
  EXPECT_THAT(database.Execute("INSERT INTO t VALUES (zeroblob(100000))"),
              FailsWith(ErrorCode::kUnavailable, HasSubstr("no space is left")));
}

TEST_F(SqliteTest, OtherFilesAreCorrupt) {
  std::ofstream(Path("test.db")) << std::string(5000, 'x');
  EXPECT_THAT(Open().QueryInt("PRAGMA user_version"),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("is not a SQLite database")));
}

TEST_F(SqliteTest, MissingFilesAndFoldersAreNotFound) {
  EXPECT_THAT(SqliteDatabase::Open(Path("none.db"), {.create = false}),
              FailsWith(ErrorCode::kNotFound, HasSubstr("none.db")));
  EXPECT_THAT(SqliteDatabase::Open(Path("none/test.db")),
              FailsWith(ErrorCode::kNotFound));
}

TEST_F(SqliteTest, WrongSqlIsOurBug) {
  EXPECT_THAT(Open().Prepare("SELEC"),
              FailsWith(ErrorCode::kInternal, HasSubstr("SELEC")));
}

TEST_F(SqliteTest, PathsThatLookLikeUrisArePlainPaths) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  EXPECT_THAT(
      SqliteDatabase::Open("file:a?mode=memory").value().Execute("CREATE TABLE t (a)"),
      IsOk());
  std::filesystem::current_path(before);
  EXPECT_TRUE(std::filesystem::exists(Path("file:a?mode=memory")));
}

}  // namespace
}  // namespace entrepot
