#include "entrepot/graph/plan.h"
#include "entrepot/graph/selection.h"
#include "entrepot/graph/step_graph.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

AssetKey Key(std::string_view text) { return AssetKey::Parse(text).value(); }

StepSpec Spec(std::string_view key, std::vector<std::string> reads = {},
              std::string group = "default") {
  StepSpec spec{.key = std::string(key)};
  for (const std::string& read : reads) {
    const AssetKey input = Key(read);
    spec.inputs.push_back(
        {.name = input.name(), .key = input, .is_exact = input.path().size() > 1});
  }
  AssetFacts facts;
  facts.group = std::move(group);
  spec.outputs[0].key = Key(key);
  spec.outputs[0].facts = std::make_shared<const AssetFacts>(std::move(facts));
  return spec;
}

// raw/a → b → d, raw/a → c → d; e alone.
StepGraph Diamond() {
  return StepGraph::Make({Spec("d", {"b", "c"}, "reports"),
                          Spec("b", {"raw/a"}, "reports"),
                          Spec("c", {"raw/a"}, "reports"), Spec("raw/a"), Spec("e")})
      .value();
}

std::vector<std::string> Names(const StepGraph& graph, std::string_view selection) {
  std::vector<std::string> names;
  for (const size_t node : SelectAssets(graph, selection).value()) {
    names.push_back(graph.nodes()[node].spec.key);
  }
  return names;
}

TEST(StepGraphTest, DuplicateKeysAreNamed) {
  EXPECT_THAT(
      StepGraph::Make({Spec("a/b"), Spec("a/b")}),
      FailsWith(ErrorCode::kInvalid, HasSubstr("'a/b' is defined more than once")));
}

TEST(StepGraphTest, TwoOutputsOfOneNameAreAFault) {
  StepSpec split{.key = "split",
                 .outputs = {{.name = "a"}, {.name = "b"}, {.name = "a"}}};
  EXPECT_THAT(StepGraph::Make({split}),
              FailsWith(ErrorCode::kInvalid, "step 'split' has two outputs 'a'"));
}

TEST(StepGraphTest, CyclesAreNamedWithTheirPath) {
  EXPECT_THAT(StepGraph::Make({Spec("x"), Spec("a", {"c"}), Spec("b", {"a"}),
                               Spec("c", {"b"}), Spec("d", {"c"})}),
              FailsWith(ErrorCode::kInvalid,
                        AllOf(HasSubstr("cycle: "), HasSubstr("a → b → c"))));
  EXPECT_THAT(StepGraph::Make({Spec("a", {"a"})}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("a → a")));
}

TEST(StepGraphTest, AllFaultsAreReportedAtOnce) {
  EXPECT_THAT(
      StepGraph::Make({Spec("a", {"a"}), Spec("b"), Spec("b")}),
      FailsWith(ErrorCode::kInvalid, AllOf(HasSubstr("cycle"), HasSubstr("'b'"))));
}

TEST(StepGraphTest, ANameFindsTheOneAssetOfItsGroup) {
  const auto graph = StepGraph::Make(
      {Spec("raw/x", {}, "g"), Spec("old/x", {}, "other"), Spec("y", {"x"}, "g")});
  EXPECT_EQ(graph.value().nodes()[2].inputs[0].key, Key("raw/x"));
}

TEST(StepGraphTest, ANameThatFitsTwoAssetsIsAFault) {
  EXPECT_THAT(
      StepGraph::Make({Spec("raw/x"), Spec("old/x"), Spec("y", {"x"})}),
      FailsWith(ErrorCode::kInvalid, HasSubstr("could be any of 'raw/x', 'old/x'")));
  EXPECT_THAT(
      StepGraph::Make({Spec("raw/x"), Spec("old/x"), Spec("x"), Spec("y", {"x"})}),
      IsOk());
}

TEST(StepGraphTest, AnInputNobodyMakesIsExternal) {
  const auto graph = StepGraph::Make({Spec("y", {"x"})}).value();
  EXPECT_THAT(graph.nodes()[0].inputs[0].makers, ::testing::IsEmpty());
  EXPECT_EQ(graph.nodes()[0].inputs[0].key, Key("x"));
}

TEST(SelectionTest, SelectsKeysGlobsGroupsAndNeighbours) {
  const StepGraph graph = Diamond();
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
    const AssetKey made = AssetKey::Make({std::move(part)}).value();
    StepSpec spec{.key = made.ToUserString()};
    spec.outputs[0].key = made;
    return spec;
  };
  const StepGraph graph =
      StepGraph::Make({key("q/r"), key("é"), key("[ab]x"), key("ax")}).value();
  // The key of the one part q/r is written q\/r.
  EXPECT_THAT(Names(graph, "q\\*"), ElementsAre("q\\/r"));
  EXPECT_THAT(Names(graph, "?"), ElementsAre("é"));
  EXPECT_THAT(Names(graph, "[ab]*"), ElementsAre("[ab]x"));
}

TEST(SelectionTest, APatternOfManyStarsIsQuick) {
  const StepGraph graph = StepGraph::Make({Spec(std::string(200, 'a'))}).value();
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
  const StepGraph graph = Diamond();
  const Plan plan = MakePlan(graph, SelectAssets(graph, "+d").value()).value();
  EXPECT_EQ(plan.ToString(), "raw/a\nb ← raw/a\nc ← raw/a\nd ← b, c\n");
  EXPECT_THAT(plan.steps[3].after, ElementsAre(1, 2));
  EXPECT_THAT(plan.steps[0].before, ElementsAre(1, 2));
  EXPECT_EQ(plan.steps[0].outputs[0].num_readers, 2);
}

TEST(PlanTest, WhatIsNotSelectedIsLoaded) {
  const StepGraph graph = Diamond();
  const Plan plan = MakePlan(graph, SelectAssets(graph, "d, b").value()).value();
  EXPECT_EQ(plan.ToString(), "b ← *raw/a\nd ← b, *c\n");
}

TEST(PlanTest, DepsOrderWithoutBeingRead) {
  StepSpec b = Spec("b");
  b.deps = {Key("a")};
  const StepGraph graph = StepGraph::Make({b, Spec("a")}).value();
  const Plan plan = MakePlan(graph, SelectAssets(graph, "").value()).value();
  EXPECT_EQ(plan.ToString(), "a\nb\n");
  EXPECT_EQ(plan.steps[0].outputs[0].num_readers, 0);
}

// extract makes raw/a and, if it likes, raw/b; trim is an op between raw/a and clean.
StepGraph WithInnerSteps() {
  StepSpec extract = Spec("extract");
  extract.outputs = {{.name = "a", .key = Key("raw/a")},
                     {.name = "b", .key = Key("raw/b"), .is_required = false}};
  StepSpec trim = Spec("trim", {"raw/a"});
  trim.outputs[0].key.reset();
  StepSpec clean = Spec("clean");
  clean.inputs = {{.name = "rows", .outputs = {{.step = "trim"}}}};
  return StepGraph::Make({clean, trim, extract, Spec("audit", {"raw/b"})}).value();
}

TEST(SelectionTest, StepsWithoutAssetsComeWithWhatNeedsThem) {
  const StepGraph graph = WithInnerSteps();
  EXPECT_THAT(Names(graph, "clean"), ElementsAre("clean", "trim"));
  EXPECT_THAT(Names(graph, "raw/b"), ElementsAre("extract"));
  EXPECT_THAT(Names(graph, "+clean"), ElementsAre("clean", "trim", "extract"));
  EXPECT_THAT(graph.KeyNames(), ElementsAre("clean", "raw/a", "raw/b", "audit"));
}

TEST(PlanTest, InputsNameTheOutputThatMakesThem) {
  const StepGraph graph = WithInnerSteps();
  const Plan plan = MakePlan(graph, SelectAssets(graph, "").value()).value();
  EXPECT_EQ(plan.ToString(),
            "extract\ntrim ← raw/a\nclean ← trim.result\naudit ← raw/b\n");
  EXPECT_THAT(plan.steps[3].inputs[0].makers, ElementsAre(PlannedMaker{0, 1}));
}

TEST(PlanTest, WhatAnInputManagerLoadsIsNotHandedOver) {
  StepSpec reader = Spec("b", {"a"});
  reader.inputs[0].input_manager_key = "http";
  const StepGraph graph = StepGraph::Make({reader, Spec("a")}).value();
  const Plan plan = MakePlan(graph, SelectAssets(graph, "").value()).value();
  EXPECT_EQ(plan.ToString(), "a\nb ← *a\n");
  EXPECT_EQ(plan.steps[0].outputs[0].num_readers, 0);
}

TEST(StepGraphTest, UnknownOutputsAreNamed) {
  StepSpec reader = Spec("b");
  reader.inputs = {{.name = "x", .outputs = {{.step = "a", .output = "rows"}}},
                   {.name = "y", .outputs = {{.step = "nobody"}}}};
  EXPECT_THAT(StepGraph::Make({reader, Spec("a")}),
              FailsWith(ErrorCode::kInvalid,
                        AllOf(HasSubstr("output 'rows' of step 'a', which has none such"),
                              HasSubstr("step 'nobody', which is not there"))));
}

TEST(SelectionTest, ExternalAssetsAreNeverSelected) {
  StepSpec source = Spec("raw/a");
  source.is_external = true;
  const StepGraph graph = StepGraph::Make({source, Spec("b", {"raw/a"})}).value();
  EXPECT_THAT(Names(graph, ""), ElementsAre("b"));
  EXPECT_THAT(Names(graph, "+b"), ElementsAre("b"));
  EXPECT_THAT(SelectAssets(graph, "raw/a"), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(SelectKeys(graph, {Key("raw/a")}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("external")));
}

PartitionsPtr Days() {
  return PartitionsDefinition::TimeWindows(
             {.cadence = Cadence::kDaily, .start = "2024-01-01"})
      .value();
}

constexpr UnixMicros kJanuary4 = 1'704'326'400'000'000;  // 2024-01-04 00:00 UTC.

StepSpec Daily(std::string_view key, std::vector<std::string> reads = {}) {
  StepSpec spec = Spec(key, std::move(reads));
  spec.partitions = Days();
  return spec;
}

TEST(PartitionedPlanTest, ThePartitionOfTheRunIsMadeAndReadByItsReaders) {
  const StepGraph graph = StepGraph::Make({Daily("a"), Daily("b", {"a"})}).value();
  const auto nodes = SelectAssets(graph, "").value();
  const auto plan =
      MakePlan(graph, nodes, {.partition = "2024-01-02", .now = kJanuary4}).value();
  EXPECT_EQ(plan.ToString(), "a[2024-01-02]\nb[2024-01-02] ← a[2024-01-02]\n");
}

TEST(PartitionedPlanTest, APartitionOfNothingIsRefused) {
  const StepGraph graph = StepGraph::Make({Spec("a")}).value();
  EXPECT_THAT(MakePlan(graph, {0}, {.partition = "2024-01-02", .now = kJanuary4}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("nothing that would run has")));
}

TEST(PartitionedPlanTest, AReaderWithoutPartitionsReadsAll) {
  const StepGraph graph = StepGraph::Make({Daily("a"), Spec("b", {"a"})}).value();
  const auto plan = MakePlan(graph, SelectAssets(graph, "").value(),
                             {.partition = "2024-01-02", .now = kJanuary4})
                        .value();
  EXPECT_EQ(plan.ToString(), "a[2024-01-02]\nb ← *a[3 partitions]\n");
  EXPECT_THAT(plan.steps[1].inputs[0].makers, ElementsAre(PlannedMaker{0, 0}));
  EXPECT_FALSE(plan.steps[1].inputs[0].is_made);
}

TEST(PartitionedPlanTest, AnAssetMayReadItsOwnPast) {
  StepSpec self = Daily("a", {"a"});
  self.inputs[0].partition_mapping =
      TimeWindowPartitionMapping{.start_offset = -1, .end_offset = -1};
  const StepGraph graph = StepGraph::Make({self}).value();
  const auto plan = [&](const std::string& day) {
    return MakePlan(graph, {0}, {.partition = day, .now = kJanuary4}).value().ToString();
  };
  EXPECT_EQ(plan("2024-01-02"), "a[2024-01-02] ← *a[2024-01-01]\n");
  EXPECT_EQ(plan("2024-01-01"), "a[2024-01-01] ← *a[0 partitions]\n");
}

TEST(PartitionedPlanTest, APartitionMustBeGivenAndExist) {
  const StepGraph graph = StepGraph::Make({Daily("a")}).value();
  EXPECT_THAT(MakePlan(graph, {0}, {.now = kJanuary4}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'a' has partitions, daily")));
  EXPECT_THAT(MakePlan(graph, {0}, {.partition = "2024-02-30", .now = kJanuary4}),
              FailsWith(ErrorCode::kNotFound, HasSubstr("2024-02-30")));
}

}  // namespace
}  // namespace entrepot
