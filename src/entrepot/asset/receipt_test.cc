#include "entrepot/asset/receipt.h"

#include <set>

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

Receipt Sample() {
  return {.base = "io_manager",
          .path = "raw/orders.parquet",
          .format = "parquet",
          .codec_version = 1,
          .kind = "table",
          .type = "pandas.DataFrame",
          .size_bytes = 12345,
          .digest = std::string(32, 'a'),
          .sha256 = std::string(64, 'b'),
          .rows = 7,
          .schema = "id: int64",
          .version = NewVersion(),
          .run_id = "run-1"};
}

TEST(ReceiptTest, JsonKeepsEverything) {
  const Receipt receipt = Sample();
  EXPECT_THAT(ReceiptFromJson(ReceiptToJson(receipt)), testing::IsOkAndHolds(receipt));
}

TEST(ReceiptTest, AttributeKeepsAllButPlaceAndSchema) {
  const Receipt receipt = Sample();
  Receipt expected = receipt;
  expected.base = expected.path = expected.schema = "";
  EXPECT_THAT(ReceiptFromJson(ReceiptToAttribute(receipt)),
              testing::IsOkAndHolds(expected));
}

TEST(ReceiptTest, AttributeNeverExceedsOneKilobyte) {
  Receipt receipt = Sample();
  receipt.schema = std::string(100'000, 'x');
  receipt.type = std::string(5'000, 't');
  EXPECT_LE(ReceiptToAttribute(receipt).size(), 1024u);
}

TEST(ReceiptTest, RefusesOtherText) {
  for (const char* text :
       {"", "{}", "[]", "{\"format\": 1}", "{\"format\":\"x\",\"size\":\"y\"}"}) {
    EXPECT_THAT(ReceiptFromJson(text), testing::FailsWith(ErrorCode::kCorrupt)) << text;
  }
}

TEST(ReceiptTest, RefusesNumbersThatAreNone) {
  for (const char* text :
       {R"({"format": "x", "size": -1})",
        R"({"format": "x", "size": 18446744073709551615})",
        R"({"format": "x", "size": 1e300})", R"({"format": "x", "size": 1.5})",
        R"({"format": "x", "size": 1, "rows": -1})",
        R"({"format": "x", "size": 1, "codec": 4294967297})"}) {
    EXPECT_THAT(ReceiptFromJson(text), testing::FailsWith(ErrorCode::kCorrupt)) << text;
  }
}

TEST(ReceiptTest, RefusesMembersOfAnotherKind) {
  for (const char* text :
       {R"({"format": ["x"], "size": 1})", R"({"format": "x", "size": {"a": 1}})",
        R"({"format": "x", "size": null})", R"({"format": "x", "size": 1, "rows": "7"})",
        R"({"format": "x", "size": 1, "run": true})", R"([{"format": "x", "size": 1}])",
        R"({"a": {"format": "x", "size": 1}})", R"({"format": "x"})",
        R"({"format": "x", "size": 1)", R"({"format": "x", "size": 1} 2)"}) {
    EXPECT_THAT(ReceiptFromJson(text), testing::FailsWith(ErrorCode::kCorrupt)) << text;
  }
}

TEST(ReceiptTest, IgnoresMembersOfLaterVersionsWhateverTheyAre) {
  const std::string later =
      R"("a": [{"size": -1, "format": 2}, [1.5, null]], "b": {"format": {"c": true}}, "d": -1)";
  const Receipt expected{.format = "x", .size_bytes = 5};
  EXPECT_THAT(ReceiptFromJson(R"({"format": "x", )" + later + R"(, "size": 5})"),
              testing::IsOkAndHolds(expected));
}

TEST(VersionTest, VersionsAreUniqueAndSortByTime) {
  std::set<std::string> all;
  const std::string first = NewVersion();
  for (int i = 0; i < 1000; ++i) all.insert(NewVersion());
  EXPECT_EQ(all.size(), 1000u);
  EXPECT_EQ(first.size(), 32u);
  EXPECT_LE(first.substr(0, 12), all.begin()->substr(0, 12));
}

}  // namespace
}  // namespace entrepot
