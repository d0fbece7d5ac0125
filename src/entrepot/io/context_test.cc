#include "entrepot/io/context.h"

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;

OutputContext OfAsset() {
  return OutputContext({.step_key = "raw/orders",
                        .run_id = "run",
                        .asset_key = AssetKey::Parse("raw/orders").value(),
                        .partition = "2024-05-01"});
}

TEST(OutputContextTest, IdentifiesItselfByRunOrByAsset) {
  EXPECT_THAT(OfAsset().Identifier(), ElementsAre("run", "raw/orders", "result"));
  EXPECT_THAT(OfAsset().AssetIdentifier(),
              IsOkAndHolds(ElementsAre("raw", "orders", "2024-05-01")));
  EXPECT_THAT(OutputContext({.step_key = "op"}).AssetIdentifier(),
              FailsWith(ErrorCode::kInvalid, HasSubstr("output 'result' of step 'op'")));
}

TEST(OutputContextTest, MetadataIsAddedOnce) {
  OutputContext context = OfAsset();
  EXPECT_THAT(context.AddOutputMetadata({{"rows", 1}}), IsOk());
  EXPECT_THAT(context.AddOutputMetadata({{"bytes", 2}}), IsOk());
  EXPECT_THAT(context.AddOutputMetadata({{"rows", 3}}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'rows' of asset 'raw/orders'")));
  EXPECT_EQ(FindMetadata(context.output_metadata(), "rows")->int_value(), 1);
}

TEST(ResourcesTest, AnUnboundNameListsWhatThereIs) {
  const Resources resources({{"database", std::make_shared<int>(1)}});
  EXPECT_THAT(resources.Get<int>("databse"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'database'?")));
  EXPECT_THAT(resources.Get<double>("database"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("shared_ptr<int>")));
  EXPECT_EQ(*resources.Get<int>("database").value(), 1);
}

}  // namespace
}  // namespace entrepot
