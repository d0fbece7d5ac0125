#include "entrepot/glob.h"

#include <gtest/gtest.h>

namespace entrepot {
namespace {

TEST(GlobTest, AStarIsAnyTextAndAQuestionMarkOneCharacter) {
  EXPECT_TRUE(MatchesGlob("raw/*", "raw/shop/orders"));
  EXPECT_TRUE(MatchesGlob("*", ""));
  EXPECT_TRUE(MatchesGlob("*/orders", "raw/orders/orders"));
  EXPECT_TRUE(MatchesGlob("caf?", "caf\u00e9"));
  EXPECT_FALSE(MatchesGlob("raw/*", "raw"));
  EXPECT_FALSE(MatchesGlob("caf?", "caf"));
  EXPECT_FALSE(MatchesGlob("", "a"));
}

TEST(GlobTest, AllElseIsItself) {
  EXPECT_TRUE(MatchesGlob("a\\[b]", "a\\[b]"));
  EXPECT_FALSE(MatchesGlob("a.c", "abc"));
}

}  // namespace
}  // namespace entrepot
