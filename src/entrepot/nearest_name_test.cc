#include "entrepot/nearest_name.h"

#include <gmock/gmock.h>

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kNames = {"raw/orders", "raw/customers", "daily_totals"};

TEST(NearestNameTest, FindsTyposAndSwappedLetters) {
  EXPECT_THAT(NearestNames("raw/ordres", kNames), ElementsAre("raw/orders"));
  EXPECT_THAT(NearestNames("daily_totls", kNames), ElementsAre("daily_totals"));
}

TEST(NearestNameTest, FindsANameWithoutItsPrefix) {
  EXPECT_THAT(NearestNames("customers", kNames), ElementsAre("raw/customers"));
}

TEST(NearestNameTest, OffersNothingForSomethingElse) {
  EXPECT_THAT(NearestNames("weather", kNames), IsEmpty());
}

TEST(NearestNameTest, PhraseListsWhatThereIsWhereNothingIsNear) {
  EXPECT_EQ(DidYouMean("raw/ordres", kNames), "; did you mean 'raw/orders'?");
  EXPECT_EQ(DidYouMean("weather", kNames),
            "; there are: 'raw/orders', 'raw/customers', 'daily_totals'");
  EXPECT_EQ(DidYouMean("weather", {}), "");
}

}  // namespace
}  // namespace entrepot
