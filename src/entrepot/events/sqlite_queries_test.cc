#include "entrepot/events/sqlite_queries_internal.h"

#include "entrepot/events/sqlite_schema_internal.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Returns what SQLite says it will do for `sql`, one step per line.
std::string PlanOf(SqliteDatabase& database, std::string_view sql) {
  std::string plan;
  SqliteStatement explain =
      database.Prepare("EXPLAIN QUERY PLAN " + std::string(sql)).value();
  explain
      .ForEach([&](const SqliteRow& row) -> Status {
        plan += row.String(3) + "\n";
        return {};
      })
      .value();
  return plan;
}

/// Those that list everything: they walk a table in its own order.
std::string AllowedScan(SqliteQuery query) {
  switch (query) {
    case SqliteQuery::kRuns:
      return "SCAN runs\n";
    case SqliteQuery::kAssets:
      return "SCAN l\n";
    default:
      return "";
  }
}

TEST(SqliteQueriesTest, EveryQueryWalksAnIndexAndSortsNothing) {
  const testing::TemporaryFolder folder;
  SqliteDatabase database =
      OpenSqliteLogForWriting(folder.path() + "/log.db", {}).value();
  for (size_t i = 0; i < SqliteQueries().size(); ++i) {
    std::string plan = PlanOf(database, SqliteQueries()[i]);
    const std::string allowed = AllowedScan(static_cast<SqliteQuery>(i));
    if (plan.starts_with(allowed)) plan.erase(0, allowed.size());
    EXPECT_THAT(plan, Not(HasSubstr("SCAN"))) << SqliteQueries()[i];
    EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << SqliteQueries()[i];
  }
}

TEST(SqliteQueriesTest, HistoriesUseTheIndexMeantForThem) {
  const testing::TemporaryFolder folder;
  SqliteDatabase database =
      OpenSqliteLogForWriting(folder.path() + "/log.db", {}).value();
  const auto plan = [&](SqliteQuery query) {
    return PlanOf(database, SqliteQueries()[static_cast<size_t>(query)]);
  };
  using enum SqliteQuery;
  EXPECT_THAT(plan(kUnfinishedRuns), HasSubstr("INDEX unfinished_runs ("));
  EXPECT_THAT(plan(kEventsOfRun), HasSubstr("INDEX events_by_run ("));
  EXPECT_THAT(plan(kEventsOfStep), HasSubstr("INDEX events_by_step ("));
  EXPECT_THAT(plan(kMaterializationsOfRun), HasSubstr("INDEX materializations_by_run ("));
  EXPECT_THAT(plan(kMaterializationsOfAsset),
              HasSubstr("INDEX materializations_by_asset ("));
  EXPECT_THAT(plan(kMaterializationsOfAssetInRun),
              HasSubstr("INDEX materializations_by_run ("));
  EXPECT_THAT(plan(kMaterializationsOfAssetInNoRun),
              HasSubstr("INDEX materializations_by_asset ("));
  EXPECT_THAT(plan(kMaterializationsOfPartition),
              HasSubstr("INDEX materializations_by_partition ("));
  EXPECT_THAT(plan(kMaterializationsOfPartitionInRun),
              HasSubstr("INDEX materializations_by_partition ("));
  EXPECT_THAT(plan(kDownstream), HasSubstr("INDEX inputs_by_source ("));
  EXPECT_THAT(plan(kLatest), HasSubstr("SEARCH latest USING PRIMARY KEY"));
}

}  // namespace
}  // namespace entrepot
