#include "entrepot/io/sql_input.h"

#include <arrow/api.h>
#include <gmock/gmock.h>

#include "entrepot/arrow_result.h"
#include "entrepot/io/input_context_for_test.h"
#include "entrepot/sql/sqlite_database.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/postgres_server.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::PostgresServer;

std::vector<std::string> ColumnOf(const Value& value, int index) {
  std::vector<std::string> cells;
  for (std::int64_t row = 0; row < value.table()->num_rows(); ++row)
    cells.push_back(
        value.table()->column(index)->GetScalar(row).ValueOrDie()->ToString());
  return cells;
}

class SqlInputOfSqlite : public ::testing::Test {
 protected:
  SqlInputOfSqlite() {
    SqliteDatabase::Open(path_)
        .value()
        .Execute(
            "CREATE TABLE shop_sales(date TEXT, region TEXT, amount INTEGER);"
            "INSERT INTO shop_sales VALUES ('2024-01-01', 'north', 1),"
            " ('2024-01-02', 'south', 2), ('2024-01-02', 'north', 3),"
            " ('2024-01-03', 'south', 4)")
        .value();
  }

  SqlInputOptions Options() const { return {.connection = Secret("sqlite:///" + path_)}; }

  static Result<Value> Load(const SqlInputOptions& options, InputContext::Fields input) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto manager, SqlInput::Make(options));
    return manager->LoadInput(InputContext(std::move(input)));
  }

  testing::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/shop.db";
};

TEST_F(SqlInputOfSqlite, ReadsTheTableThatTheKeyNames) {
  const auto value = Load(Options(), InputOf("shop/sales"));
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(value->table()->schema()->ToString(),
            "date: string\nregion: string\namount: int64");
  EXPECT_THAT(ColumnOf(*value, 2), ElementsAre("1", "2", "3", "4"));
}

TEST_F(SqlInputOfSqlite, ReadsSeveralPartitions) {
  SqlInputOptions options = Options();
  options.columns = {"amount"};
  const auto read = [&](const std::vector<std::string>& partitions) {
    return ColumnOf(Load(options, InputOf("shop/sales", partitions)).value(), 0);
  };
  EXPECT_THAT(read({"2024-01-01"}), ElementsAre("1"));
  EXPECT_THAT(read({"2024-01-02", "2024-01-03"}), ElementsAre("2", "3", "4"));
  EXPECT_THAT(read({}), ElementsAre());
}

TEST_F(SqlInputOfSqlite, APartitionKeyCannotBecomeSql) {
  const auto value = Load(Options(), InputOf("shop/sales", {"x' OR '1'='1"}));
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(value->table()->num_rows(), 0);
  EXPECT_EQ(value->table()->num_columns(), 3);
}

TEST_F(SqlInputOfSqlite, MetadataNamesTableAndPartitionColumn) {
  InputContext::Fields input = InputOf("anything", {"north"});
  input.definition_metadata = {{"table_name", "shop_sales"},
                               {"partition_column", "region"}};
  SqlInputOptions options = Options();
  options.table = "no such table";
  options.columns = {"amount"};
  EXPECT_THAT(ColumnOf(Load(options, input).value(), 0), ElementsAre("1", "3"));
}

TEST_F(SqlInputOfSqlite, WithoutAKeyTheInputsNameIsTheTable) {
  EXPECT_THAT(Load(Options(), {.name = "shop_sales", .step_key = "s"}), IsOk());
  EXPECT_THAT(Load(Options(), {.step_key = "s"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("nothing names a table")));
}

TEST_F(SqlInputOfSqlite, MetadataThatIsNoTextIsAnError) {
  InputContext::Fields input = InputOf("shop/sales");
  input.definition_metadata = {{"table_name", 7}};
  EXPECT_THAT(Load(Options(), input),
              FailsWith(ErrorCode::kInvalid, HasSubstr("must be text, not '7'")));
}

TEST_F(SqlInputOfSqlite, AMissingTableNamesTheNearest) {
  EXPECT_THAT(
      Load(Options(), InputOf("shop/sale")),
      FailsWith(ErrorCode::kNotFound,
                "loading asset 'shop/sale': reading table 'shop_sale' of sqlite:///" +
                    path_ +
                    ": there is no table 'shop_sale'; did you mean 'shop_sales'?"));
}

TEST_F(SqlInputOfSqlite, GivesAStreamOnRequestWhoseErrorsNameTheInput) {
  SqliteDatabase::Open(path_)
      .value()
      .Execute(
          "CREATE TABLE many(v NUMERIC);"
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) "
          "INSERT INTO many SELECT i FROM n; INSERT INTO many VALUES ('x')")
      .value();
  InputContext::Fields input = InputOf("many");
  input.request.as_stream = true;
  const Value value = Load(Options(), input).value();
  ASSERT_EQ(value.kind(), ValueKind::kStream);
  EXPECT_EQ(value.stream()->Next().ValueOrDie()->num_rows(), 16384);
  EXPECT_THAT(FromArrow(value.stream()->Next()),
              FailsWith(ErrorCode::kCorrupt,
                        AllOf(HasSubstr("loading asset 'many': reading table 'many'"),
                              HasSubstr("column 'v'"))));
}

TEST_F(SqlInputOfSqlite, SaysWhatItReads) {
  const auto log = std::make_shared<KeptLines>();
  InputContext::Fields input = InputOf("shop/sales", {"2024-01-01"});
  input.log = log;
  ASSERT_THAT(Load(Options(), input), IsOk());
  EXPECT_THAT(log->lines(), ElementsAre("reading table 'shop_sales' of sqlite:///" +
                                            path_ + " (1 partitions)",
                                        "1 rows of table 'shop_sales'"));
}

TEST(SqlInput, ItsConfigurationShowsNoConnection) {
  const auto options =
      SqlInputOptions::Fields()
          .Read(R"({"connection": "postgresql://me:s3cret@host/db", "columns": ["a"]})")
          .value();
  EXPECT_EQ(options.columns.size(), 1);
  EXPECT_THAT(SqlInputOptions::Fields().Write(options), Not(HasSubstr("s3cret")));
  EXPECT_THAT(SqlInputOptions::Fields().Read("{}"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("connection")));
}

TEST(SqlInputOfPostgres, ReadsSeveralPartitions) {
  constexpr std::string_view kDriver = ENTREPOT_ADBC_POSTGRESQL_DRIVER;
  if (kDriver.empty()) GTEST_SKIP() << "there is no adbc-driver-postgresql package";
  const auto server = PostgresServer::Start();
  if (!server && server.error().code() == ErrorCode::kNotFound)
    GTEST_SKIP() << server.error().ToString();
  ASSERT_THAT(server, IsOk());
  ASSERT_THAT((*server)->Execute("CREATE TABLE shop_sales(date date, amount int);"
                                 "INSERT INTO shop_sales VALUES ('2024-01-01', 1),"
                                 " ('2024-01-02', 2), ('2024-01-03', 3)"),
              IsOk());
  const auto manager = SqlInput::Make({.connection = Secret((*server)->uri()),
                                       .columns = {"amount"},
                                       .driver = std::string(kDriver)})
                           .value();
  const auto load = [&](const std::vector<std::string>& partitions) {
    return manager->LoadInput(InputContext(InputOf("shop/sales", partitions)));
  };
  EXPECT_THAT(ColumnOf(load({"2024-01-01", "2024-01-03"}).value(), 0),
              ElementsAre("1", "3"));
  EXPECT_THAT(
      load({"x' OR '1'='1"}),
      FailsWith(ErrorCode::kInvalid, HasSubstr("invalid input syntax for type date")));
}

}  // namespace
}  // namespace entrepot
