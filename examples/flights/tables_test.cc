#include "tables.h"

#include <arrow/compute/initialize.h>
#include <gmock/gmock.h>

#include "entrepot/testing/matchers.h"

namespace flights {
namespace {

using entrepot::testing::FailsWith;
using ::testing::HasSubstr;

template <typename Builder, typename T>
std::shared_ptr<arrow::Array> ArrayOf(const std::vector<std::optional<T>>& values) {
  Builder builder;
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> Texts(std::vector<std::optional<std::string>> values) {
  return ArrayOf<arrow::StringBuilder>(values);
}

std::shared_ptr<arrow::Array> Integers(std::vector<std::optional<std::int64_t>> values) {
  return ArrayOf<arrow::Int64Builder>(values);
}

std::shared_ptr<arrow::Array> Numbers(std::vector<std::optional<double>> values) {
  return ArrayOf<arrow::DoubleBuilder>(values);
}

ep::TablePtr TableOf(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

class FlightTables : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(arrow::compute::Initialize().ok()); }
};

TEST_F(FlightTables, JoinKeepsTheLeftRowsInOrder) {
  const auto left = TableOf({{"plane", Texts({"b", std::nullopt, "z", "a", "b"})}});
  const auto right =
      TableOf({{"plane", Texts({"a", "b"})}, {"year", Integers({2001, std::nullopt})}});
  const auto joined = LeftJoin(left, right, {"plane"}).value();
  const auto expected = TableOf({{"plane", Texts({"b", std::nullopt, "z", "a", "b"})},
                                 {"year", Integers({std::nullopt, std::nullopt,
                                                    std::nullopt, 2001, std::nullopt})}});
  EXPECT_TRUE(joined->Equals(*expected)) << joined->ToString();
}

TEST_F(FlightTables, JoinFindsEachOfManyKeys) {
  std::vector<std::optional<std::int64_t>> keys, squares;
  for (std::int64_t key = 0; key < 10'000; ++key) {
    keys.emplace_back(7919 * key % 10'000);
    squares.emplace_back(*keys.back() * *keys.back());
  }
  const auto left = TableOf({{"key", Integers(keys)}});
  const auto right = TableOf({{"key", Integers({keys.rbegin(), keys.rend()})},
                              {"square", Integers({squares.rbegin(), squares.rend()})}});
  const auto joined = LeftJoin(left, right, {"key"}).value();
  EXPECT_TRUE(Column(*joined, "square").value()->Equals(Integers(squares)));
}

TEST_F(FlightTables, JoinRefusesKeysThatAreNotUnique) {
  const auto left = TableOf({{"plane", Texts({"a"})}});
  const auto right =
      TableOf({{"plane", Texts({"a", "a"})}, {"year", Integers({2001, 2002})}});
  EXPECT_THAT(LeftJoin(left, right, {"plane"}),
              FailsWith(ep::ErrorCode::kInvalid, HasSubstr("of 2 rows")));
}

TEST_F(FlightTables, MeansAreSortedByKeyAndSkipNulls) {
  const auto table =
      TableOf({{"carrier", Texts({"b", "a", "b", "a", "c"})},
               {"delay", Integers({1, 5, 2, std::nullopt, std::nullopt})}});
  const auto means = MeansBy(table, {"carrier"}, {"delay"}).value();
  const auto expected = TableOf({{"carrier", Texts({"a", "b", "c"})},
                                 {"flights", Integers({2, 2, 1})},
                                 {"mean_delay", Numbers({5, 1.5, std::nullopt})}});
  EXPECT_TRUE(means->Equals(*expected)) << means->ToString();
}

TEST_F(FlightTables, ColumnOfNamesWhatIsWrong) {
  const auto table = TableOf({{"carrier", Texts({"b"})}});
  EXPECT_THAT(ColumnOf<arrow::Int64Array>(*table, "delay"),
              FailsWith(ep::ErrorCode::kInvalid, HasSubstr("'delay'")));
  EXPECT_THAT(
      ColumnOf<arrow::Int64Array>(*table, "carrier"),
      FailsWith(ep::ErrorCode::kInvalid, HasSubstr("has type string, not int64")));
}

TEST_F(FlightTables, TextOfEveryTypeIsReadAsUtf8) {
  arrow::LargeStringBuilder builder;
  ASSERT_TRUE(builder.Append("UA").ok());
  const auto table = TableOf({{"carrier", builder.Finish().ValueOrDie()}});
  const auto column = ColumnOf<arrow::StringArray>(*table, "carrier").value();
  EXPECT_EQ(column->GetString(0), "UA");
}

}  // namespace
}  // namespace flights
