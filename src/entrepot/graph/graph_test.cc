#include "entrepot/graph/asset_graph.h"
#include "entrepot/graph/plan.h"
#include "entrepot/graph/selection.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

AssetKey Key(std::string_view text) { return AssetKey::Parse(text).value(); }

AssetSpec Spec(std::string_view key, std::vector<std::string> reads = {},
               std::string group = "default") {
  AssetSpec spec{.key = Key(key), .inputs = {}, .deps = {}};
  for (const std::string& read : reads) {
    const AssetKey input = Key(read);
    spec.inputs.push_back({.name = input.name(),
                           .key = input,
                           .is_exact = input.path().size() > 1,
                           .metadata = {},
                           .host = nullptr});
  }
  AssetFacts facts;
  facts.group = std::move(group);
  spec.facts = std::make_shared<const AssetFacts>(std::move(facts));
  return spec;
}

// raw/a → b → d, raw/a → c → d; e alone.
AssetGraph Diamond() {
  return AssetGraph::Make({Spec("d", {"b", "c"}, "reports"),
                           Spec("b", {"raw/a"}, "reports"),
                           Spec("c", {"raw/a"}, "reports"), Spec("raw/a"), Spec("e")})
      .value();
}

std::vector<std::string> Names(const AssetGraph& graph, std::string_view selection) {
  std::vector<std::string> names;
  for (const size_t node : SelectAssets(graph, selection).value()) {
    names.push_back(graph.nodes()[node].spec.key.ToUserString());
  }
  return names;
}

TEST(AssetGraphTest, DuplicateKeysAreNamed) {
  EXPECT_THAT(
      AssetGraph::Make({Spec("a/b"), Spec("a/b")}),
      FailsWith(ErrorCode::kInvalid, HasSubstr("'a/b' is defined more than once")));
}

TEST(AssetGraphTest, CyclesAreNamedWithTheirPath) {
  EXPECT_THAT(AssetGraph::Make({Spec("x"), Spec("a", {"c"}), Spec("b", {"a"}),
                                Spec("c", {"b"}), Spec("d", {"c"})}),
              FailsWith(ErrorCode::kInvalid,
                        AllOf(HasSubstr("cycle: "), HasSubstr("a → b → c"))));
  EXPECT_THAT(AssetGraph::Make({Spec("a", {"a"})}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("a → a")));
}

TEST(AssetGraphTest, AllFaultsAreReportedAtOnce) {
  EXPECT_THAT(
      AssetGraph::Make({Spec("a", {"a"}), Spec("b"), Spec("b")}),
      FailsWith(ErrorCode::kInvalid, AllOf(HasSubstr("cycle"), HasSubstr("'b'"))));
}

TEST(AssetGraphTest, ANameFindsTheOneAssetOfItsGroup) {
  const auto graph = AssetGraph::Make(
      {Spec("raw/x", {}, "g"), Spec("old/x", {}, "other"), Spec("y", {"x"}, "g")});
  EXPECT_EQ(graph.value().nodes()[2].inputs[0].key, Key("raw/x"));
}

TEST(AssetGraphTest, ANameThatFitsTwoAssetsIsAFault) {
  EXPECT_THAT(
      AssetGraph::Make({Spec("raw/x"), Spec("old/x"), Spec("y", {"x"})}),
      FailsWith(ErrorCode::kInvalid, HasSubstr("could be any of 'raw/x', 'old/x'")));
  EXPECT_THAT(
      AssetGraph::Make({Spec("raw/x"), Spec("old/x"), Spec("x"), Spec("y", {"x"})}),
      IsOk());
}

TEST(AssetGraphTest, AnInputNobodyMakesIsExternal) {
  const auto graph = AssetGraph::Make({Spec("y", {"x"})}).value();
  EXPECT_FALSE(graph.nodes()[0].inputs[0].node.has_value());
  EXPECT_EQ(graph.nodes()[0].inputs[0].key, Key("x"));
}

TEST(SelectionTest, SelectsKeysGlobsGroupsAndNeighbours) {
  const AssetGraph graph = Diamond();
  EXPECT_THAT(Names(graph, ""), ElementsAre("d", "b", "c", "raw/a", "e"));
  EXPECT_THAT(Names(graph, "b"), ElementsAre("b"));
  EXPECT_THAT(Names(graph, "raw/*"), ElementsAre("raw/a"));
  EXPECT_THAT(Names(graph, "*"), ElementsAre("d", "b", "c", "raw/a", "e"));
  EXPECT_THAT(Names(graph, "group:reports"), ElementsAre("d", "b", "c"));
  EXPECT_THAT(Names(graph, "+b"), ElementsAre("b", "raw/a"));
  EXPECT_THAT(Names(graph, "b+"), ElementsAre("d", "b"));
  EXPECT_THAT(Names(graph, "+b+, e"), ElementsAre("d", "b", "raw/a", "e"));
}

TEST(SelectionTest, PatternsMatchCharactersOfNamesAsTheyAreWritten) {
  const auto key = [](std::string part) {
    return AssetSpec{.key = AssetKey::Make({std::move(part)}).value()};
  };
  const AssetGraph graph =
      AssetGraph::Make({key("q/r"), key("é"), key("[ab]x"), key("ax")}).value();
  // The key of the one part q/r is written q\/r.
  EXPECT_THAT(Names(graph, "q\\*"), ElementsAre("q\\/r"));
  EXPECT_THAT(Names(graph, "?"), ElementsAre("é"));
  EXPECT_THAT(Names(graph, "[ab]*"), ElementsAre("[ab]x"));
}

TEST(SelectionTest, APatternOfManyStarsIsQuick) {
  const AssetGraph graph = AssetGraph::Make({Spec(std::string(200, 'a'))}).value();
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  EXPECT_THAT(SelectAssets(graph, pattern + "b"), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(SelectAssets(graph, pattern), IsOk());
}

TEST(SelectionTest, UnknownTermsOfferTheNearestNames) {
  EXPECT_THAT(SelectAssets(Diamond(), "+rwa/a"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'raw/a'?")));
  EXPECT_THAT(SelectAssets(Diamond(), "group:report"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'group:reports'?")));
  EXPECT_THAT(SelectKeys(Diamond(), {Key("raw/A")}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'raw/a'?")));
}

TEST(PlanTest, StepsComeAfterWhatTheyNeed) {
  const AssetGraph graph = Diamond();
  const Plan plan = MakePlan(graph, SelectAssets(graph, "+d").value());
  EXPECT_EQ(plan.ToString(), "raw/a\nb ← raw/a\nc ← raw/a\nd ← b, c\n");
  EXPECT_THAT(plan.steps[3].after, ElementsAre(1, 2));
  EXPECT_THAT(plan.steps[0].before, ElementsAre(1, 2));
  EXPECT_EQ(plan.steps[0].num_readers, 2);
}

TEST(PlanTest, WhatIsNotSelectedIsLoaded) {
  const AssetGraph graph = Diamond();
  const Plan plan = MakePlan(graph, SelectAssets(graph, "d, b").value());
  EXPECT_EQ(plan.ToString(), "b ← *raw/a\nd ← b, *c\n");
}

TEST(PlanTest, DepsOrderWithoutBeingRead) {
  AssetSpec b = Spec("b");
  b.deps = {Key("a")};
  const AssetGraph graph = AssetGraph::Make({b, Spec("a")}).value();
  const Plan plan = MakePlan(graph, SelectAssets(graph, "").value());
  EXPECT_EQ(plan.ToString(), "a\nb\n");
  EXPECT_EQ(plan.steps[0].num_readers, 0);
}

}  // namespace
}  // namespace entrepot
