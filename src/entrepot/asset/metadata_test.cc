#include "entrepot/asset/metadata.h"

#include <cmath>
#include <limits>

#include "entrepot/asset/asset_key.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using Kind = MetadataValue::Kind;

TEST(MetadataTest, EveryKindComesBackFromJson) {
  Metadata metadata;
  SetMetadata(metadata, "null", {});
  SetMetadata(metadata, "text", "a \"quoted\" text");
  SetMetadata(metadata, "int", std::numeric_limits<std::int64_t>::min());
  SetMetadata(metadata, "float", 0.1);
  SetMetadata(metadata, "inf", std::numeric_limits<double>::infinity());
  SetMetadata(metadata, "bool", true);
  SetMetadata(metadata, "path", MetadataValue::Path("/a/b"));
  SetMetadata(metadata, "url", MetadataValue::Url("http://localhost/x"));
  SetMetadata(metadata, "json", MetadataValue::Json(R"({"a": [1]})"));
  SetMetadata(metadata, "md", MetadataValue::Markdown("# Title"));
  SetMetadata(metadata, "timestamp", MetadataValue::Timestamp(1714564800.25));
  SetMetadata(metadata, "asset", MetadataValue::Asset(AssetKey::Parse("a/b").value()));
  SetMetadata(metadata, "run", MetadataValue::Run("r1"));
  for (const Kind kind : {Kind::kJob, Kind::kNotebook, Kind::kPythonArtifact,
                          Kind::kTable, Kind::kTableSchema, Kind::kColumnLineage}) {
    SetMetadata(metadata, fmt::format("{}", static_cast<int>(kind)),
                MetadataValue::OfText(kind, "{}"));
  }
  EXPECT_EQ(metadata.back().second.kind(), Kind::kColumnLineage);
  EXPECT_THAT(MetadataFromJson(MetadataToJson(metadata)),
              testing::IsOkAndHolds(metadata));
}

TEST(MetadataTest, TakesIntegersOfEveryType) {
  const Metadata metadata = {{"size", std::string("abc").size()},
                             {"short", short{3}},
                             {"long long", 3LL},
                             {"unsigned", 3U}};
  for (const auto& [name, value] : metadata) EXPECT_EQ(value, MetadataValue(3)) << name;
  const MetadataValue large = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(large.kind(), Kind::kFloat);
  EXPECT_EQ(large.float_value(), 0x1p64);
}

TEST(MetadataTest, AKindOfALaterVersionIsReadAsText) {
  EXPECT_THAT(MetadataFromJson(R"({"a": {"type": "hologram", "value": "x"},
                                   "b": {"type": "spin", "value": 0.5}})"),
              testing::IsOkAndHolds(Metadata{{"a", "x"}, {"b", "0.5"}}));
}

TEST(MetadataTest, ReadsAsAPersonWould) {
  EXPECT_EQ(MetadataValue::Timestamp(1714564800.25).ToString(),
            "2024-05-01T12:00:00.250000Z");
  EXPECT_EQ(MetadataValue::Timestamp(1e300).ToString(), "1e+300");
  EXPECT_EQ(MetadataValue::Asset(AssetKey::Parse("a/b").value()).ToString(), "a/b");
  EXPECT_EQ(ToString(Metadata{{"n", 1}, {"path", MetadataValue::Path("/a")}}),
            "n = 1, path = /a");
}

TEST(MetadataTest, ANameThatIsThereTwiceIsFound) {
  EXPECT_THAT(CheckNames({{"a", 1}, {"b", 2}}), testing::IsOk());
  EXPECT_THAT(CheckNames({{"a", 1}, {"b", 2}, {"a", 1}}),
              testing::FailsWith(ErrorCode::kInvalid, "metadata 'a' is given twice"));
}

TEST(MetadataTest, NotANumberComesBack) {
  const auto back =
      MetadataFromJson(MetadataToJson({{"x", MetadataValue(std::nan(""))}}));
  EXPECT_TRUE(std::isnan(back.value()[0].second.float_value()));
}

TEST(MetadataTest, SettingAgainReplacesInPlace) {
  Metadata metadata = {{"a", 1}, {"b", 2}};
  SetMetadata(metadata, "a", 3);
  EXPECT_EQ(metadata, (Metadata{{"a", 3}, {"b", 2}}));
  EXPECT_EQ(FindMetadata(metadata, "b")->int_value(), 2);
  EXPECT_EQ(FindMetadata(metadata, "c"), nullptr);
}

TEST(MetadataTest, RefusesOtherText) {
  for (const char* text :
       {"[1", "[]", R"([{"type": "null"}])", R"({"a": {"type": "int"}})",
        R"({"a": {"type": "int", "value": 1e300}})",
        R"({"a": {"type": "int", "value": 18446744073709551615}})"}) {
    EXPECT_THAT(MetadataFromJson(text), testing::FailsWith(ErrorCode::kCorrupt)) << text;
  }
}

}  // namespace
}  // namespace entrepot
