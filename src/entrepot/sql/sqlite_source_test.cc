#include <sys/wait.h>

#include <fstream>

#include <arrow/api.h>
#include <gmock/gmock.h>

#include "entrepot/arrow_result.h"
#include "entrepot/sql/read_table_for_test.h"
#include "entrepot/sql/sqlite_database.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Optional;

class SqliteSource : public ::testing::Test {
 protected:
  void Execute(const std::string& sql) {
    ASSERT_THAT(SqliteDatabase::Open(path_).value().Execute(sql), IsOk());
  }

  Result<std::shared_ptr<arrow::Table>> Read(const SqlSelect& select) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto source,
                              OpenSqlSource({.uri = "sqlite:///" + path_}));
    return ReadTable(*source, select);
  }

  testing::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/shop.db";
};

std::string TypesOf(const arrow::Table& table) {
  std::string types;
  for (const auto& field : table.fields())
    types += field->name() + ":" + field->type()->ToString() + " ";
  return types;
}

std::vector<std::optional<std::string>> ColumnOf(const arrow::Table& table, int index) {
  std::vector<std::optional<std::string>> values;
  for (std::int64_t row = 0; row < table.num_rows(); ++row) {
    const auto scalar = table.column(index)->GetScalar(row).ValueOrDie();
    values.push_back(scalar->is_valid ? std::optional(scalar->ToString()) : std::nullopt);
  }
  return values;
}

TEST_F(SqliteSource, DeclaredTypesDecide) {
  Execute(
      "CREATE TABLE t(id INTEGER, name VARCHAR(9), price REAL, raw BLOB);"
      "INSERT INTO t VALUES (1, 'a', 2, x'00ff'), (NULL, NULL, NULL, NULL)");
  const auto table = Read({.table = "t"}).value();
  EXPECT_EQ(TypesOf(*table), "id:int64 name:string price:double raw:binary ");
  EXPECT_THAT(ColumnOf(*table, 0), ElementsAre(Optional(std::string("1")), std::nullopt));
  EXPECT_THAT(ColumnOf(*table, 2), ElementsAre(Optional(std::string("2")), std::nullopt));
}

TEST_F(SqliteSource, OtherwiseTheFirstValuesDecide) {
  Execute(
      "CREATE TABLE t(day DATE, flag BOOLEAN, amount NUMERIC, empty);"
      "INSERT INTO t VALUES (NULL, 1, 1, NULL), ('2024-01-01', 0, 2.5, NULL)");
  const auto table = Read({.table = "t"}).value();
  EXPECT_EQ(TypesOf(*table), "day:string flag:int64 amount:double empty:string ");
  EXPECT_THAT(ColumnOf(*table, 2),
              ElementsAre(Optional(std::string("1")), Optional(std::string("2.5"))));
}

TEST_F(SqliteSource, AnEmptyTableHasItsColumns) {
  Execute("CREATE TABLE t(id INTEGER, day DATE)");
  const auto table = Read({.table = "t"}).value();
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_EQ(TypesOf(*table), "id:int64 day:string ");
}

TEST_F(SqliteSource, AValueOfAnotherTypeIsAnErrorThatNamesTheColumn) {
  Execute("CREATE TABLE t(id INTEGER); INSERT INTO t VALUES (1), ('one')");
  EXPECT_THAT(
      Read({.table = "t"}),
      FailsWith(ErrorCode::kCorrupt,
                HasSubstr("column 'id' is int64, but one of its values is string")));
}

TEST_F(SqliteSource, TextThatIsNotUtf8IsAnError) {
  Execute("CREATE TABLE t(s TEXT); INSERT INTO t VALUES (CAST(x'ff' AS TEXT))");
  EXPECT_THAT(Read({.table = "t"}),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("column 's'")));
}

TEST_F(SqliteSource, ReadsManyRowsInBatches) {
  Execute(
      "CREATE TABLE t(i INTEGER);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 40000) "
      "INSERT INTO t SELECT i FROM n");
  const auto source = OpenSqlSource({.uri = "sqlite:///" + path_}).value();
  const auto reader = source->Read({.table = "t"}).value();
  EXPECT_THAT(BatchSizes(*reader), ElementsAre(16384, 16384, 7232));
}

TEST_F(SqliteSource, AConflictInALaterBatchEndsTheStream) {
  Execute(
      "CREATE TABLE t(v NUMERIC);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) "
      "INSERT INTO t SELECT i FROM n; INSERT INTO t VALUES ('x')");
  const auto source = OpenSqlSource({.uri = "sqlite:///" + path_}).value();
  const auto reader = source->Read({.table = "t"}).value();
  EXPECT_TRUE(reader->Next().ok());
  EXPECT_THAT(FromArrow(reader->Next()),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("column 'v'")));
}

TEST_F(SqliteSource, ReadsOneStateOfTheTableWhileOthersWrite) {
  Execute(
      "PRAGMA journal_mode = wal; CREATE TABLE t(i INTEGER);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) "
      "INSERT INTO t SELECT i FROM n");
  const auto source = OpenSqlSource({.uri = "sqlite:///" + path_}).value();
  const auto reader = source->Read({.table = "t"}).value();
  Execute("DELETE FROM t");
  EXPECT_EQ(reader->ToTable().ValueOrDie()->num_rows(), 20000);
}

TEST_F(SqliteSource, PartitionKeysAreBoundValues) {
  Execute(
      "CREATE TABLE t(date TEXT, n INTEGER);"
      "INSERT INTO t VALUES ('a', 1), ('b', 2), ('it''s', 3), ('c', 4)");
  const auto read = [&](std::vector<std::string> keys) {
    return ColumnOf(*Read({.table = "t",
                           .columns = {"n"},
                           .partition_keys = std::move(keys),
                           .partition_column = "date"})
                         .value(),
                    0);
  };
  EXPECT_THAT(read({"b"}), ElementsAre(Optional(std::string("2"))));
  EXPECT_THAT(read({"a", "it's"}),
              ElementsAre(Optional(std::string("1")), Optional(std::string("3"))));
  EXPECT_THAT(read({"x' OR '1'='1"}), ElementsAre());
  EXPECT_THAT(read({}), ElementsAre());
}

TEST_F(SqliteSource, PartitionKeysAreComparedAsTheColumnsType) {
  Execute("CREATE TABLE t(year INTEGER); INSERT INTO t VALUES (2023), (2024)");
  const auto table =
      Read({.table = "t", .partition_keys = {{"2024"}}, .partition_column = "year"});
  EXPECT_THAT(ColumnOf(*table.value(), 0), ElementsAre(Optional(std::string("2024"))));
}

TEST_F(SqliteSource, QuotesNames) {
  Execute(
      "CREATE TABLE \"odd \"\"table\"\"; --\"(\"a b\" INTEGER, \"x\"\"y\" TEXT);"
      "INSERT INTO \"odd \"\"table\"\"; --\" VALUES (1, 'p')");
  const auto table = Read({.table = "odd \"table\"; --",
                           .columns = {"a b"},
                           .partition_keys = {{"p"}},
                           .partition_column = "x\"y"});
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(TypesOf(**table), "a b:int64 ");
}

TEST_F(SqliteSource, AMissingTableNamesTheNearest) {
  Execute("CREATE TABLE orders(id INTEGER); CREATE VIEW items AS SELECT 1 AS x");
  EXPECT_THAT(Read({.table = "ordrs"}),
              FailsWith(ErrorCode::kNotFound,
                        HasSubstr("there is no table 'ordrs'; did you mean 'orders'?")));
  EXPECT_THAT(Read({.table = "items"}), IsOk());
  EXPECT_THAT(Read({.schema = "man", .table = "orders"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("unknown database 'man'")));
}

TEST_F(SqliteSource, AMissingColumnNamesTheNearest) {
  Execute("CREATE TABLE t(date TEXT)");
  EXPECT_THAT(
      Read({.table = "t", .columns = {"dat"}}),
      FailsWith(ErrorCode::kInvalid,
                HasSubstr("table 't' has no column 'dat'; did you mean 'date'?")));
  EXPECT_THAT(Read({.table = "t", .partition_keys = {{"a"}}, .partition_column = "day"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no column 'day'")));
}

TEST_F(SqliteSource, RefusesMorePartitionsThanThereAreParameters) {
  Execute("CREATE TABLE t(date TEXT)");
  EXPECT_THAT(Read({.table = "t",
                    .partition_keys = std::vector<std::string>(30'001, "a"),
                    .partition_column = "date"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("at most 30000")));
}

TEST_F(SqliteSource, AViewOverATableThatIsGoneIsTheDatabasesFault) {
  Execute("CREATE TABLE t(a); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t");
  EXPECT_THAT(Read({.table = "v"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no such table")));
}

TEST_F(SqliteSource, AMissingFileIsNotMade) {
  EXPECT_THAT(Read({.table = "t"}), FailsWith(ErrorCode::kNotFound, HasSubstr(path_)));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteSource, AFileThatIsNoDatabaseIsCorrupt) {
  std::ofstream(path_) << std::string(4096, 'x');
  EXPECT_THAT(Read({.table = "t"}), FailsWith(ErrorCode::kCorrupt, HasSubstr(path_)));
}

}  // namespace
}  // namespace entrepot
