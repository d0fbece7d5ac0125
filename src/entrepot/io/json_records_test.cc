#include <arrow/api.h>
#include <gmock/gmock.h>

#include "entrepot/io/json_records_internal.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

std::string SchemaOf(std::string_view json) {
  return TableFromJson(json, "").value()->schema()->ToString();
}

std::string CellOf(const arrow::Table& table, const std::string& column,
                   std::int64_t row) {
  return table.GetColumnByName(column)->GetScalar(row).ValueOrDie()->ToString();
}

TEST(JsonRecords, ValuesDecideTypes) {
  EXPECT_EQ(SchemaOf(R"([{"id": 1, "x": 0.5, "name": "a", "ok": true, "none": null}])"),
            "id: int64\nx: double\nname: string\nok: bool\nnone: null");
}

TEST(JsonRecords, TextStaysTextWhatEverItLooksLike) {
  EXPECT_EQ(SchemaOf(R"([{"day": "2024-01-01", "n": "12"}])"), "day: string\nn: string");
}

TEST(JsonRecords, ColumnsComeInTheOrderOfTheirFirstAppearance) {
  EXPECT_EQ(SchemaOf(R"([{"z": 1}, {"a": 1, "z": 2}])"), "z: int64\na: int64");
}

TEST(JsonRecords, WhatARecordLacksIsNull) {
  const auto table =
      TableFromJson(R"([{"a": 1}, {"b": "x"}, {"a": null, "b": "y"}])", "");
  ASSERT_THAT(table, IsOk());
  EXPECT_TRUE((*table)->ValidateFull().ok());
  EXPECT_EQ(CellOf(**table, "a", 0), "1");
  EXPECT_EQ(CellOf(**table, "a", 1), "null");
  EXPECT_EQ(CellOf(**table, "a", 2), "null");
  EXPECT_EQ(CellOf(**table, "b", 0), "null");
  EXPECT_EQ(CellOf(**table, "b", 2), "y");
}

TEST(JsonRecords, IntegersAmongFractionsAreDoubles) {
  const auto table = TableFromJson(R"([{"a": 1}, {"a": 2.5}])", "").value();
  EXPECT_EQ(table->schema()->ToString(), "a: double");
  EXPECT_EQ(CellOf(*table, "a", 0), "1");
  EXPECT_EQ(SchemaOf(R"([{"a": 9223372036854775807}])"), "a: int64");
  EXPECT_EQ(SchemaOf(R"([{"a": 9223372036854775808}])"), "a: double");
}

TEST(JsonRecords, ObjectsAreStructsAndArraysLists) {
  const auto table = TableFromJson(
      R"([{"user": {"id": 1}, "tags": []}, {"user": {"name": "n"}, "tags": ["a", null]}])",
      "");
  ASSERT_THAT(table, IsOk());
  EXPECT_TRUE((*table)->ValidateFull().ok());
  EXPECT_EQ((*table)->schema()->ToString(),
            "user: struct<id: int64, name: string>\ntags: list<item: string>");
  EXPECT_EQ(CellOf(**table, "tags", 1), "list<item: string>[a, null]");
}

TEST(JsonRecords, AConflictNamesRecordAndMember) {
  EXPECT_THAT(TableFromJson(R"([{"id": 1}, {}, {"id": "three"}])", ""),
              FailsWith(ErrorCode::kCorrupt,
                        "record 3: 'id' is a text, but a number in a record before it"));
  EXPECT_THAT(
      TableFromJson(R"([{"a": [{"b": 1}]}, {"a": [{"b": {}}]}])", ""),
      FailsWith(ErrorCode::kCorrupt, HasSubstr("record 2: 'a[].b' is an object")));
}

TEST(JsonRecords, FindsRecordsWithinAnObject) {
  const std::string_view json = R"({"data": {"items": [{"a": 1}]}, "next": null})";
  EXPECT_EQ(TableFromJson(json, "data.items").value()->num_rows(), 1);
  EXPECT_THAT(TableFromJson(json, "data.itms"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'items'?")));
  EXPECT_THAT(TableFromJson(json, "next.items"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("null, not an object")));
  EXPECT_THAT(TableFromJson(json, ""),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("records_path")));
}

TEST(JsonRecords, NoRecordsAreATableWithoutColumns) {
  const auto table = TableFromJson("[]", "").value();
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_EQ(table->num_columns(), 0);
}

TEST(JsonRecords, HalfADocumentIsCorrupt) {
  EXPECT_THAT(
      TableFromJson(R"([{"a": 1}, {"a)", ""),
      FailsWith(ErrorCode::kCorrupt, HasSubstr("it is not JSON: parse error at")));
}

TEST(JsonRecords, RecordsThatAreNoObjectsAreCorrupt) {
  EXPECT_THAT(TableFromJson(R"([{"a": 1}, 2])", ""),
              FailsWith(ErrorCode::kCorrupt, "record 2 is a number, not an object"));
  EXPECT_THAT(TableFromJson(R"("text")", ""),
              FailsWith(ErrorCode::kCorrupt, "it is a text, not a list of records"));
}

TEST(JsonRecords, RefusesAbsurdNesting) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  EXPECT_THAT(TableFromJson(R"([{"a": )" + deep + "}]", ""),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("deeper than 64 levels")));
}

}  // namespace
}  // namespace entrepot
