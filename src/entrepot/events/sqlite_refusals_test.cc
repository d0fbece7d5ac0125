// What a SQLite log refuses to open, and what it says then.

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "entrepot/events/event_log.h"
#include "entrepot/events/sqlite_schema_internal.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;

class SqliteRefusalsTest : public ::testing::Test {
 protected:
  auto Open(const SqliteEventLogOptions& options = {}) const {
    return OpenSqliteEventLog(path_, options);
  }

  /// Runs `sql` on the file, past any log.
  void Execute(const std::string& sql) const {
    SqliteDatabase database = SqliteDatabase::Open(path_).value();
    ASSERT_THAT(database.Execute(sql), IsOk());
  }

  /// Runs `check` where permissions count: as somebody else than root, in a child.
  template <typename Check>
  bool HoldsForOrdinaryUsers(Check check) const {
    const pid_t child = fork();
    if (child == 0) {
      if (geteuid() == 0 && (setgid(65'534) != 0 || setuid(65'534) != 0)) _exit(2);
      _exit(check() ? 0 : 1);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
  }

  testing::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/log.db";
};

TEST_F(SqliteRefusalsTest, FilesThatAreNoDatabaseAreCorrupt) {
  std::ofstream(path_) << std::string(10'000, 'x');
  EXPECT_THAT(Open(),
              FailsWith(ErrorCode::kCorrupt,
                        AllOf(HasSubstr(path_), HasSubstr("not a SQLite database"))));
  std::ofstream(path_) << "short";
  EXPECT_THAT(Open(), FailsWith(ErrorCode::kCorrupt, HasSubstr(path_)));
}

TEST_F(SqliteRefusalsTest, EmptyFilesBecomeLogs) {
  std::ofstream(path_) << "";
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(SqliteRefusalsTest, TruncatedLogsAreCorrupt) {
  ASSERT_THAT(Open(), IsOk());
  for (const int size : {50, 200, 4096, 8192}) {
    std::filesystem::resize_file(path_, size);
    EXPECT_THAT(Open(), FailsWith(ErrorCode::kCorrupt, HasSubstr(path_))) << size;
    std::filesystem::remove(path_);
    ASSERT_THAT(Open(), IsOk());
  }
}

TEST_F(SqliteRefusalsTest, LogsWithoutATableAreCorrupt) {
  ASSERT_THAT(Open(), IsOk());
  Execute("DROP TABLE inputs");
  EXPECT_THAT(Open(), FailsWith(ErrorCode::kCorrupt,
                                AllOf(HasSubstr(path_), HasSubstr("'inputs'"))));
}

TEST_F(SqliteRefusalsTest, DatabasesOfOtherProgramsAreLeftAlone) {
  Execute("CREATE TABLE theirs (a)");
  EXPECT_THAT(Open(), FailsWith(ErrorCode::kCorrupt, HasSubstr("of another program")));
  EXPECT_THAT(SqliteDatabase::Open(path_).value().QueryText("PRAGMA journal_mode"),
              IsOkAndHolds("delete"));
  Execute("DROP TABLE theirs; PRAGMA application_id = 77");
  EXPECT_THAT(Open(), FailsWith(ErrorCode::kCorrupt, HasSubstr("of another program")));
}

TEST_F(SqliteRefusalsTest, LogsOfNewerVersionsAreUnsupported) {
  ASSERT_THAT(Open(), IsOk());
  Execute("PRAGMA user_version = 2");
  EXPECT_THAT(Open(),
              FailsWith(ErrorCode::kUnsupported,
                        HasSubstr("was written by a newer version of entrepot (schema "
                                  "2, this build knows 1)")));
}

TEST_F(SqliteRefusalsTest, MissingFoldersAreNotFound) {
  EXPECT_THAT(OpenSqliteEventLog(folder_.path() + "/none/log.db"),
              FailsWith(ErrorCode::kNotFound, HasSubstr("/none")));
}

TEST_F(SqliteRefusalsTest, FoldersAndEmptyPathsAreInvalid) {
  EXPECT_THAT(OpenSqliteEventLog(folder_.path()), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(OpenSqliteEventLog(""), FailsWith(ErrorCode::kInvalid));
}

TEST_F(SqliteRefusalsTest, ReadOnlyFoldersAreRefused) {
  ASSERT_THAT(Open(), IsOk());
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0555));
  EXPECT_TRUE(HoldsForOrdinaryUsers([&] {
    const auto log = Open();
    return !log && log.error().code() == ErrorCode::kPermission &&
           log.error().message().find(folder_.path()) != std::string::npos;
  }));
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
}

TEST_F(SqliteRefusalsTest, ReadOnlyFilesAreRefused) {
  ASSERT_THAT(Open(), IsOk());
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0777));
  std::filesystem::permissions(path_, std::filesystem::perms(0444));
  EXPECT_TRUE(HoldsForOrdinaryUsers([&] {
    const auto log = Open();
    return !log && log.error().code() == ErrorCode::kPermission &&
           log.error().message().find(path_) != std::string::npos;
  }));
}

TEST_F(SqliteRefusalsTest, NewLogsWaitForALockNoLongerThanThePatience) {
  SqliteDatabase other = SqliteDatabase::Open(path_).value();
  ASSERT_THAT(other.Execute("BEGIN EXCLUSIVE"), IsOk());
  EXPECT_THAT(Open({.patience = std::chrono::milliseconds(50)}),
              FailsWith(ErrorCode::kUnavailable, HasSubstr("locked by another process")));
}

}  // namespace
}  // namespace entrepot
