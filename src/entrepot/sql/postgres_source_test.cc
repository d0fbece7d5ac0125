#include <arrow/api.h>
#include <gmock/gmock.h>

#include "entrepot/sql/read_table_for_test.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/postgres_server.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::PostgresServer;

constexpr char kDriver[] = ENTREPOT_ADBC_POSTGRESQL_DRIVER;

// One server for all tests; each makes tables of its own.
class PostgresSource : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::string_view(kDriver).empty()) return;
    started_ = new Result<std::unique_ptr<PostgresServer>>(PostgresServer::Start());
  }
  static void TearDownTestSuite() {
    delete started_;
    started_ = nullptr;
  }

  void SetUp() override {
    if (started_ == nullptr) GTEST_SKIP() << "there is no adbc-driver-postgresql package";
    if (!*started_ && started_->error().code() == ErrorCode::kNotFound)
      GTEST_SKIP() << started_->error().ToString();
    ASSERT_THAT(*started_, IsOk());
  }

  const PostgresServer& server() const { return ***started_; }

  void Execute(const std::string& sql) { ASSERT_THAT(server().Execute(sql), IsOk()); }

  std::shared_ptr<const SqlSource> Source() const {
    return OpenSqlSource({.uri = server().uri(), .postgresql_driver = kDriver}).value();
  }

  Result<std::shared_ptr<arrow::Table>> Read(const SqlSelect& select) const {
    return ReadTable(*Source(), select);
  }

  static Result<std::unique_ptr<PostgresServer>>* started_;
};

Result<std::unique_ptr<PostgresServer>>* PostgresSource::started_ = nullptr;

std::vector<std::string> ColumnOf(const arrow::Table& table, int index) {
  std::vector<std::string> values;
  for (std::int64_t row = 0; row < table.num_rows(); ++row)
    values.push_back(table.column(index)->GetScalar(row).ValueOrDie()->ToString());
  return values;
}

TEST_F(PostgresSource, GivesTheTypesOfPostgres) {
  Execute(
      "CREATE TABLE typed(i int, b bigint, x float8, t text, ok bool, d date,"
      " at timestamptz, raw bytea, price numeric(10,2), n numeric, j jsonb, u uuid,"
      " a int[]);"
      "INSERT INTO typed VALUES (1, 2, 0.5, 'é', true, '2024-01-02',"
      " '2024-01-02 03:04:05+00', '\\x00ff', 12.3, 1e20, '{\"a\": 1}',"
      " '6f1c0a52-7a1d-4b0c-8f8c-2d3f4a5b6c7d', '{1,2}');"
      "INSERT INTO typed(i) VALUES (NULL)");
  const auto table = Read({.table = "typed"}).value();
  std::vector<std::string> types;
  for (const auto& field : table->fields()) types.push_back(field->type()->ToString());
  EXPECT_THAT(
      types, ElementsAre("int32", "int64", "double", "string", "bool", "date32[day]",
                         "timestamp[us, tz=UTC]", "binary", "decimal128(10, 2)", "string",
                         "string", "fixed_size_binary[16]", "list<item: int32>"));
  EXPECT_THAT(ColumnOf(*table, 8), ElementsAre("12.30", "null"));
  EXPECT_THAT(ColumnOf(*table, 3), ElementsAre("é", "null"));
  EXPECT_FALSE(table->schema()->field(0)->HasMetadata());
}

TEST_F(PostgresSource, AnEmptyTableHasItsColumns) {
  Execute("CREATE TABLE nobody(id int, name text)");
  const auto table = Read({.table = "nobody"}).value();
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_EQ(table->schema()->ToString(), "id: int32\nname: string");
}

TEST_F(PostgresSource, PartitionKeysAreBoundValues) {
  Execute(
      "CREATE TABLE texts(date text, n int);"
      "INSERT INTO texts VALUES ('a', 1), ('b', 2), ('it''s', 3)");
  const auto read = [&](std::vector<std::string> keys) {
    return ColumnOf(*Read({.table = "texts",
                           .columns = {"n"},
                           .partition_keys = std::move(keys),
                           .partition_column = "date"})
                         .value(),
                    0);
  };
  EXPECT_THAT(read({"b"}), ElementsAre("2"));
  EXPECT_THAT(read({"a", "it's"}), ElementsAre("1", "3"));
  EXPECT_THAT(read({"x' OR '1'='1"}), ElementsAre());
  EXPECT_THAT(read({}), ElementsAre());
}

TEST_F(PostgresSource, PartitionKeysAreComparedAsTheColumnsType) {
  Execute(
      "CREATE TABLE days(day date, code char(3), n int);"
      "INSERT INTO days VALUES ('2024-01-01', 'abc', 1), ('2024-01-02', 'abd', 2)");
  const auto read = [&](const std::string& key, const std::string& column) {
    return Read({.table = "days",
                 .columns = {"n"},
                 .partition_keys = {{key}},
                 .partition_column = column});
  };
  EXPECT_THAT(ColumnOf(*read("2024-01-02", "day").value(), 0), ElementsAre("2"));
  EXPECT_THAT(ColumnOf(*read("abc", "code").value(), 0), ElementsAre("1"));
  EXPECT_THAT(
      read("x' OR '1'='1", "day"),
      FailsWith(ErrorCode::kInvalid,
                HasSubstr("invalid input syntax for type date: \"x' OR '1'='1\"")));
}

TEST_F(PostgresSource, StreamsAPartitionBatchByBatchFromOneState) {
  Execute(
      "CREATE TABLE many(day date, i int);"
      "INSERT INTO many SELECT '2024-01-01', i FROM generate_series(1, 40000) i");
  const auto reader = Source()
                          ->Read({.table = "many",
                                  .partition_keys = {{"2024-01-01"}},
                                  .partition_column = "day"})
                          .value();
  Execute("DELETE FROM many");
  EXPECT_THAT(BatchSizes(*reader), ElementsAre(16384, 16384, 7232));
}

TEST_F(PostgresSource, AReaderMayBeDroppedBeforeItsEnd) {
  Execute("CREATE TABLE dropped AS SELECT i FROM generate_series(1, 40000) i");
  {
    const auto reader = Source()->Read({.table = "dropped"}).value();
    EXPECT_TRUE(reader->Next().ok());
  }
  // Would wait for ever for a session that still holds the table.
  Execute("SET lock_timeout = '5s'; DROP TABLE dropped");
}

TEST_F(PostgresSource, QuotesNamesAndKnowsSchemas) {
  Execute(
      "CREATE SCHEMA \"my shop\"; CREATE TABLE \"my shop\".\"Orders\"\"\"(\"a b\" int);"
      "INSERT INTO \"my shop\".\"Orders\"\"\" VALUES (7)");
  const auto table = Read({.schema = "my shop", .table = "Orders\"", .columns = {"a b"}});
  ASSERT_THAT(table, IsOk());
  EXPECT_THAT(ColumnOf(**table, 0), ElementsAre("7"));
}

TEST_F(PostgresSource, ReadsViews) {
  Execute("CREATE VIEW answers AS SELECT 42 AS n");
  EXPECT_THAT(ColumnOf(*Read({.table = "answers"}).value(), 0), ElementsAre("42"));
}

TEST_F(PostgresSource, AMissingTableNamesTheNearest) {
  Execute("CREATE TABLE customers(id int)");
  EXPECT_THAT(Read({.table = "custommers"}),
              FailsWith(ErrorCode::kNotFound,
                        HasSubstr("there is no table 'custommers'; did you mean "
                                  "'customers'?")));
  EXPECT_THAT(Read({.schema = "other", .table = "customers"}),
              FailsWith(ErrorCode::kNotFound, HasSubstr("in schema 'other'")));
}

TEST_F(PostgresSource, AMissingColumnNamesTheNearest) {
  Execute("CREATE TABLE dated(date text)");
  EXPECT_THAT(Read({.table = "dated", .columns = {"dat"}}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'date'?")));
}

TEST_F(PostgresSource, ATableThatMayNotBeReadIsAPermissionError) {
  Execute("CREATE TABLE hidden(id int); CREATE ROLE guest LOGIN");
  const auto source = OpenSqlSource({.uri = "postgresql://guest@/postgres?host=" +
                                            server().socket_folder(),
                                     .postgresql_driver = kDriver})
                          .value();
  EXPECT_THAT(source->Read({.table = "hidden"}),
              FailsWith(ErrorCode::kPermission, HasSubstr("permission denied")));
}

TEST_F(PostgresSource, AFailedConnectionDoesNotShowThePassword) {
  const auto open = [&](const std::string& uri) {
    return OpenSqlSource({.uri = uri, .postgresql_driver = kDriver}).value();
  };
  const std::string host = "?host=" + server().socket_folder();
  EXPECT_THAT(open("postgresql://stranger:s3cret@/postgres" + host)->Read({.table = "t"}),
              FailsWith(ErrorCode::kUnavailable,
                        AllOf(HasSubstr("stranger"), Not(HasSubstr("s3cret")))));
  // libpq repeats what it cannot decode.
  EXPECT_THAT(open("postgresql://me:s3%ZZcret@/postgres" + host)->Read({.table = "t"}),
              FailsWith(ErrorCode::kUnavailable, Not(HasSubstr("cret"))));
  EXPECT_THAT(
      open("postgresql://me:s3cret@/postgres?host=/nowhere")->Read({.table = "t"}),
      FailsWith(ErrorCode::kUnavailable,
                AllOf(HasSubstr("/nowhere"), Not(HasSubstr("s3cret")))));
}

}  // namespace
}  // namespace entrepot
