#include "entrepot/asset/asset_key.h"

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;

TEST(AssetKeyTest, ParsesPartsBetweenSlashes) {
  EXPECT_THAT(AssetKey::Parse("raw/shop/orders").value().path(),
              ElementsAre("raw", "shop", "orders"));
}

TEST(AssetKeyTest, RejectsEmptyParts) {
  for (const char* text : {"", "/", "a/", "/a", "a//b"}) {
    EXPECT_THAT(AssetKey::Parse(text),
                FailsWith(ErrorCode::kInvalid, HasSubstr("empty part")))
        << text;
  }
  EXPECT_THAT(AssetKey::Make({}), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(AssetKey::Make({"a", ""}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("empty part")));
}

TEST(AssetKeyTest, UserStringComesBackForAnyPart) {
  const AssetKey key =
      AssetKey::Make({"a/b", "c\\d", "..", "e\\/f", ".x", "é", "tab\t"}).value();
  EXPECT_EQ(AssetKey::Parse(key.ToUserString()).value(), key);
  EXPECT_EQ(AssetKey::Make({"a/b"}).value().ToUserString(), "a\\/b");
}

TEST(AssetKeyTest, RejectsALoneBackslash) {
  EXPECT_THAT(AssetKey::Parse("a\\b"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("escapes")));
}

TEST(AssetKeyTest, ToStringIsAJsonList) {
  EXPECT_EQ(AssetKey::Parse("a/b\\/c").value().ToString(), R"(["a", "b/c"])");
}

}  // namespace
}  // namespace entrepot
