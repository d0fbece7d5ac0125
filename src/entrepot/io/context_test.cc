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
  EXPECT_THAT(context.AddOutputMetadata({{"colour", "red"}, {"rows", 3}}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'rows' of asset 'raw/orders'")));
  const Metadata added = {{"rows", 1}, {"bytes", 2}};
  EXPECT_EQ(context.output_metadata(), added);
  EXPECT_EQ(context.logged_metadata(), added);
}

TEST(OutputContextTest, WhatIsAddedWinsOverWhatTheStepSaid) {
  OutputContext context({.output_metadata = {{"rows", 1}, {"note", "from the step"}}});
  EXPECT_THAT(context.AddOutputMetadata({{"rows", 2}, {"path", "x"}}), IsOk());
  EXPECT_EQ(context.output_metadata(),
            (Metadata{{"rows", 2}, {"note", "from the step"}, {"path", "x"}}));
  EXPECT_EQ(context.logged_metadata(), (Metadata{{"rows", 2}, {"path", "x"}}));
}

TEST(InputContextTest, AnUpstreamOutputThatIsNotThereIsThrownAsAnError) {
  const auto asked = [](InputContext::Fields fields) -> Status {
    try {
      (void)InputContext(std::move(fields)).upstream_output();
      return {};
    } catch (const ErrorException& e) {
      return e.error();
    }
  };
  EXPECT_THAT(
      asked({.name = "x", .step_key = "s"}),
      FailsWith(ErrorCode::kInvalid, HasSubstr("nothing makes input 'x' of 's'")));
  const auto one = std::make_shared<const OutputContext>(OfAsset());
  EXPECT_THAT(asked({.partition_outputs = {{one, one}},
                     .asset_key = AssetKey::Parse("raw/orders").value()}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("LoadPartitions")));
}

TEST(ResourcesTest, AnUnboundNameListsWhatThereIs) {
  const Resources resources({{"database", std::make_shared<int>(1)}});
  EXPECT_THAT(resources.Get<int>("databse"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'database'?")));
  EXPECT_THAT(resources.Get<double>("database"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("shared_ptr<int>")));
  EXPECT_EQ(*resources.Get<int>("database").value(), 1);
}

TEST(OutputContextTest, ANameGivenTwiceIsRefusedAndNothingIsAdded) {
  OutputContext context({.name = "x", .step_key = "s"});
  EXPECT_THAT(context.AddOutputMetadata({{"n", 1}, {"m", 2}, {"n", 3}}),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_TRUE(context.output_metadata().empty());
  EXPECT_THAT(context.LogEvent({.key = AssetKey::Parse("a").value(),
                                .metadata = {{"n", 1}, {"n", 1}}}),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_TRUE(context.logged_events().empty());
}

TEST(OutputContextTest, AVersionThatNoReceiptCarriesIsForgotten) {
  OutputContext without({.version = "v"});
  without.DropUnusedVersion();
  EXPECT_EQ(without.version(), "");
  OutputContext with({.version = "v"});
  with.AddReceipt({});
  with.DropUnusedVersion();
  EXPECT_EQ(with.version(), "v");
}

TEST(InputContextTest, OfNothingHasNoIdentifiers) {
  const InputContext context({.name = "x", .step_key = "s"});
  EXPECT_THAT(context.Identifier(), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(context.AssetIdentifier(), FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace entrepot
