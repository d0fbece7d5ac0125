#include "entrepot/asset/metadata.h"

#include <cmath>
#include <limits>

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

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
  EXPECT_THAT(MetadataFromJson(MetadataToJson(metadata)),
              testing::IsOkAndHolds(metadata));
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
