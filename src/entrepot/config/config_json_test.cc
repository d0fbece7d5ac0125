#include "entrepot/config/config_json.h"

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ConfigJsonTest, ObjectsKeepTheOrderOfTheirFields) {
  EXPECT_EQ(ParseConfigJson(R"({"b": 1, "a": [true, null]})").value().dump(),
            R"({"b":1,"a":[true,null]})");
}

TEST(ConfigJsonTest, WhatIsNoJsonIsRefusedWithoutBeingQuoted) {
  EXPECT_THAT(ParseConfigJson("{\n\"password\": \"hunter2"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("line 2")));
  EXPECT_THAT(ParseConfigJson(R"({"password": "hunter2)"),
              FailsWith(ErrorCode::kInvalid, Not(HasSubstr("hunter"))));
}

TEST(ConfigJsonTest, AFieldMayNotBeThereTwice) {
  EXPECT_THAT(ParseConfigJson(R"({"a": {"b": 1, "b": 2}})"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'b' is there twice")));
  EXPECT_EQ(ParseConfigJson(R"([{"b": 1}, {"b": 2}])").value().size(), 2u);
}

TEST(ConfigJsonTest, DepthIsLimited) {
  const auto nested = [](int depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(ParseConfigJson(nested(kMaxConfigDepth)).has_value());
  EXPECT_THAT(ParseConfigJson(nested(kMaxConfigDepth + 1)),
              FailsWith(ErrorCode::kInvalid, HasSubstr("more than 100 deep")));
  EXPECT_FALSE(ParseConfigJson(nested(200'000)).has_value());
}

TEST(ConfigJsonTest, ReferencesAndForeignObjectsAreNothingElse) {
  const ConfigJson reference = EnvReference("TOKEN");
  EXPECT_EQ(EnvReferenceName(reference), "TOKEN");
  EXPECT_FALSE(AsForeignLeaf(reference).has_value());
  const ConfigJson foreign = ToConfigJson(ForeignLeaf{.handle = 7, .type = "function"});
  EXPECT_EQ(AsForeignLeaf(foreign)->handle, 7u);
  EXPECT_EQ(AsForeignLeaf(foreign)->type, "function");
  EXPECT_FALSE(EnvReferenceName(foreign).has_value());
  EXPECT_FALSE(EnvReferenceName(ConfigJson("TOKEN")).has_value());
}

TEST(ConfigJsonTest, PrintableValuesArePlainJson) {
  ConfigJson json = ConfigJson::array();
  json.push_back(EnvReference("X"));
  json.push_back(ToConfigJson(ForeignLeaf{.handle = 7, .type = "function"}));
  EXPECT_EQ(Printable(json).dump(), R"([{"env":"X"},"<function>"])");
}

TEST(ConfigJsonTest, LongValuesAreCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "ä";
  const std::string shown = ShownInMessage(text);
  EXPECT_LT(shown.size(), 90u);
  EXPECT_TRUE(shown.ends_with("ä…")) << shown;
}

}  // namespace
}  // namespace entrepot
