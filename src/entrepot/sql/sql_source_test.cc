#include "entrepot/sql/sql_source.h"

#include <gmock/gmock.h>

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(SqlSource, RefusesUrisItDoesNotKnowWithoutShowingThem) {
  EXPECT_THAT(OpenSqlSource({.uri = "postgres:s3cret"}),
              FailsWith(ErrorCode::kInvalid, Not(HasSubstr("s3cret"))));
  EXPECT_THAT(
      OpenSqlSource({.uri = "postgresq://me:s3cret@host/db"}),
      FailsWith(ErrorCode::kInvalid, AllOf(HasSubstr("did you mean 'postgresql'?"),
                                           Not(HasSubstr("s3cret")))));
  EXPECT_THAT(OpenSqlSource({.uri = "sqlite://shop.db"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("sqlite:///relative/path")));
  EXPECT_THAT(OpenSqlSource({.uri = "sqlite:///shop.db?mode=ro"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'shop.db' may not have")));
}

TEST(SqlSource, AMissingDriverSaysWhereToGetIt) {
  EXPECT_THAT(
      OpenSqlSource({.uri = "postgresql://me:s3cret@host/db",
                     .postgresql_driver = "/nowhere/driver.so"}),
      FailsWith(ErrorCode::kUnsupported,
                AllOf(HasSubstr("/nowhere/driver.so"),
                      HasSubstr("adbc-driver-postgresql"), Not(HasSubstr("s3cret")))));
}

TEST(SqlSource, RefusesAUriInWhichNobodyCanTellThePassword) {
  for (const char* uri :
       {"postgresql://me:s3?cret@host/db", "postgresql://host/db?password=s3@cret"}) {
    EXPECT_THAT(
        OpenSqlSource({.uri = uri}),
        FailsWith(ErrorCode::kInvalid,
                  AllOf(HasSubstr("%40"), Not(HasSubstr("s3")), Not(HasSubstr("cret")))));
  }
}

}  // namespace
}  // namespace entrepot
