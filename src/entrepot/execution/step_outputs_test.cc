#include <atomic>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "entrepot/execution/materialize.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::Contains;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Pair;
using ::testing::SizeIs;

MultiAsset Split() {
  return MultiAsset("split")
      .Makes(AssetOut("data/train"))
      .Makes(AssetOut("data/test").Optional());
}

TEST(StepOutputsTest, OneStepMakesSeveralAssets) {
  Definitions definitions;
  definitions.Add(Split().Compute([](StepContext& step) -> Status {
    ENTREPOT_RETURN_IF_ERROR(step.Yield("train", 8));
    step.AddOutputMetadata({{"share", 0.2}}, "test");
    return step.Yield("test", 2);
  }));
  definitions.Add(
      Asset("sum").Reads("data/train", "data/test").Compute([](int train, int test) {
        return train + test;
      }));
  const auto result = Materialize(definitions);
  ASSERT_THAT(result, IsOk());
  ASSERT_THAT(result->ToStatus(), IsOk());
  EXPECT_THAT(result->steps(), SizeIs(2));
  EXPECT_THAT(result->Output<int>("sum"), IsOkAndHolds(10));
  EXPECT_THAT(result->instance()->Load<int>("data/test"), IsOkAndHolds(2));
  EXPECT_THAT(result->Find("split")->outputs[1].metadata,
              Contains(Pair("share", MetadataValue(0.2))));
}

TEST(StepOutputsTest, WhatReadsAnOutputThatIsLeftOutIsSkipped) {
  Definitions definitions;
  definitions.Add(Split().Compute(
      [](StepContext& step) -> Status { return step.Yield("train", 8); }));
  definitions.Add(
      Asset("score").Reads("data/test").Compute([](int test) { return test; }));
  definitions.Add(
      Asset("model").Reads("data/train").Compute([](int train) { return train; }));
  const auto result = Materialize(definitions);
  ASSERT_THAT(result, IsOk());
  EXPECT_TRUE(result->success());
  EXPECT_EQ(result->Find("score")->status, StepStatus::kSkipped);
  EXPECT_EQ(result->Find("model")->status, StepStatus::kSuccess);
  EXPECT_THAT(result->instance()->Load<int>("data/test"),
              FailsWith(ErrorCode::kNotFound));
}

TEST(StepOutputsTest, ARequiredOutputThatIsLeftOutFailsTheStep) {
  Definitions definitions;
  definitions.Add(
      Split().Compute([](StepContext& step) -> Status { return step.Yield("test", 2); }));
  const auto result = Materialize(definitions);
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(
      result->ToStatus(),
      FailsWith(ErrorCode::kInvalid, HasSubstr("did not make asset 'data/train'")));
}

TEST(StepOutputsTest, AnUnknownOutputOffersTheNearestName) {
  Definitions definitions;
  definitions.Add(Split().Compute(
      [](StepContext& step) -> Status { return step.Yield("trian", 2); }));
  const auto result = Materialize(definitions);
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(result->ToStatus(),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'train'?")));
}

/// Fails to store as often as it is told.
class FlakyIOManager final : public IOManager {
 public:
  explicit FlakyIOManager(int failures) : failures_(failures) {}

  Status HandleOutput(OutputContext& context, const Value& value) override {
    if (failures_-- > 0) return Unavailable("the disk is away");
    return memory_.HandleOutput(context, value);
  }
  Result<Value> LoadInput(const InputContext& context) override {
    return memory_.LoadInput(context);
  }

 private:
  std::atomic<int> failures_;
  MemoryIOManager memory_;
};

TEST(StepOutputsTest, AFailedStoreIsTriedAgainWithoutComputingAgain) {
  Definitions definitions;
  definitions.Bind("io_manager",
                   std::shared_ptr<IOManager>(std::make_shared<FlakyIOManager>(2)));
  int num_computed = 0;
  definitions.Add(Asset("a").Retry({.max_retries = 2}).Compute([&](StepContext& step) {
    step.AddOutputMetadata({{"computed", ++num_computed}});
    return 7;
  }));
  const auto result = Materialize(definitions);
  ASSERT_THAT(result, IsOk());
  ASSERT_THAT(result->ToStatus(), IsOk());
  EXPECT_EQ(num_computed, 1);
  EXPECT_EQ(result->Find("a")->attempts, 3);
  EXPECT_THAT(result->Output<int>("a"), IsOkAndHolds(7));
  EXPECT_THAT(result->Find("a")->outputs[0].metadata,
              Contains(Pair("computed", MetadataValue(1))));
}

TEST(StepOutputsTest, OutputsThatWereStoredAreNotStoredAgain) {
  Definitions definitions;
  auto flaky = std::make_shared<FlakyIOManager>(1);
  definitions.Bind("flaky", std::shared_ptr<IOManager>(flaky));
  int num_computed = 0;
  definitions.Add(MultiAsset("split")
                      .Makes(AssetOut("train").IOManagerKey("flaky"))
                      .Makes(AssetOut("test"))
                      .Retry({.max_retries = 1})
                      .Compute([&](StepContext& step) -> Status {
                        ++num_computed;
                        ENTREPOT_RETURN_IF_ERROR(step.Yield("train", 8));
                        return step.Yield("test", 2);
                      }));
  const auto result = Materialize(definitions);
  ASSERT_THAT(result, IsOk());
  ASSERT_THAT(result->ToStatus(), IsOk());
  EXPECT_EQ(num_computed, 1);
  EXPECT_THAT(result->Output<int>("train"), IsOkAndHolds(8));
  const auto history = result->instance()->log().Materializations(
      {.key = AssetKey::Parse("test").value()});
  EXPECT_THAT(history, IsOkAndHolds(SizeIs(1)));
}

TEST(JobTest, OpsPassTheirOutputsOn) {
  Definitions definitions;
  Job job("nightly");
  const OutputName two = job.Add(Op("two").Compute([] { return 2; }));
  const OutputName again = job.Add(Op("two").Compute([] { return 20; }));
  job.Add(Op("sum").Compute([](int a, int b, int c) { return a + b + c; }),
          {two, again, OpInput::Given(ToValue(200).value())});
  definitions.Add(std::move(job));
  const auto result = ExecuteJob(definitions, "nightly");
  ASSERT_THAT(result, IsOk());
  ASSERT_THAT(result->ToStatus(), IsOk());
  const Value sum = result->OutputValue("sum", "result").value();
  EXPECT_THAT(FromValue<int>(sum), IsOkAndHolds(222));
  EXPECT_THAT(result->OutputValue("two_2", "result"), IsOk());
  EXPECT_THAT(result->instance()->log().Assets(), IsOkAndHolds(SizeIs(0)));
  const auto steps = result->instance()->log().Steps(result->run_id()).value();
  ASSERT_THAT(steps, SizeIs(3));
  EXPECT_EQ(steps[2].status, StepStatus::kSuccess);
}

TEST(JobTest, AnOutputCalledAsTheDefaultOneStaysBesideOthers) {
  Job job("split");
  job.Add(Op("halves")
              .Makes({})
              .Makes({.name = "rest"})
              .Compute([](StepContext& step) -> Status {
                ENTREPOT_RETURN_IF_ERROR(step.Yield("result", 3));
                return step.Yield("rest", 1);
              }));
  Definitions definitions;
  definitions.Add(std::move(job));
  const auto run = ExecuteJob(definitions, "split").value();
  ASSERT_THAT(run.ToStatus(), IsOk());
  EXPECT_THAT(FromValue<int>(run.OutputValue("halves", "result").value()),
              IsOkAndHolds(3));
  EXPECT_THAT(FromValue<int>(run.OutputValue("halves", "rest").value()), IsOkAndHolds(1));
}

TEST(JobTest, AnIOManagerBesideNamedOutputsIsAFault) {
  Job job("split");
  job.Add(Op("halves")
              .IOManagerKey("shelf")
              .Makes({.name = "left"})
              .Compute([](StepContext&) -> Status { return {}; }));
  Definitions definitions;
  definitions.Add(std::move(job));
  EXPECT_THAT(definitions.Validate(),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("op 'halves' names its outputs, and an I/O manager")));
}

TEST(JobTest, AnOpTakesOutputsOfSeveralOpsInTheirOrder) {
  Job job("fan_in");
  const auto op = [](int value) { return Op("op").Compute([value] { return value; }); };
  const auto first = job.Add(op(1));
  const auto second = job.Add(op(2));
  job.Add(Op("join").Compute([](const Partitions<int>& numbers) {
    std::vector<int> values;
    for (const auto& [place, value] : numbers) values.push_back(value);
    return values;
  }),
          {OpInput::List({second, first})});
  Definitions definitions;
  definitions.Add(std::move(job));
  const auto result = ExecuteJob(definitions, "fan_in");
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(
      FromValue<std::vector<int>>(result->OutputValue("join", "result").value()).value(),
      ::testing::ElementsAre(2, 1));
}

TEST(JobTest, AResultSaysWhyAStepHasNoOutput) {
  Job job("failing");
  job.Add(Op("broken").Compute([]() -> Result<int> { return Unavailable("no power"); }));
  Definitions definitions;
  definitions.Add(std::move(job));
  EXPECT_THAT(ExecuteJob(definitions, "failing").value().OutputValue("broken", "result"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no power")));
}

TEST(JobTest, AnUnknownJobOffersTheNearestName) {
  Definitions definitions;
  definitions.Add(Job("nightly"));
  EXPECT_THAT(ExecuteJob(definitions, "nighly"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'nightly'?")));
}

/// Loads a number that nobody stored.
class FortyTwo final : public InputManager {
 public:
  Result<Value> LoadInput(const InputContext& context) override {
    asset = context.asset_key();
    return ToValue(42);
  }
  std::optional<AssetKey> asset;
};

TEST(InputManagerTest, LoadsWhatNoAssetMakes) {
  Definitions definitions;
  const auto manager = std::make_shared<FortyTwo>();
  definitions.Bind("answers", std::shared_ptr<InputManager>(manager));
  definitions.Add(Asset("next")
                      .Reads(Input("outside/answer").LoadedBy("answers"))
                      .Compute([](int answer) { return answer + 1; }));
  const auto result = Materialize(definitions);
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(result->Output<int>("next"), IsOkAndHolds(43));
  EXPECT_EQ(manager->asset, AssetKey::Parse("outside/answer").value());
}

TEST(InputManagerTest, IsAskedAlsoForWhatTheRunMakes) {
  Definitions definitions;
  definitions.Bind("answers",
                   std::shared_ptr<InputManager>(std::make_shared<FortyTwo>()));
  definitions.Add(Asset("one").Compute([] { return 1; }));
  definitions.Add(
      Asset("next").Reads(Input("one").LoadedBy("answers")).Compute([](int one) {
        return one + 1;
      }));
  EXPECT_THAT(Materialize(definitions)->Output<int>("next"), IsOkAndHolds(43));
}

TEST(InputManagerTest, IsAskedAlsoForWhatWasMadeWithoutAValue) {
  Definitions definitions;
  definitions.Bind("answers",
                   std::shared_ptr<InputManager>(std::make_shared<FortyTwo>()));
  definitions.Add(Asset("elsewhere").Compute([] {}));
  definitions.Add(
      Asset("next").Reads(Input("elsewhere").LoadedBy("answers")).Compute([](int answer) {
        return answer + 1;
      }));
  const auto instance = Instance::Ephemeral().value();
  EXPECT_THAT(Materialize(definitions, {.instance = instance})->Output<int>("next"),
              IsOkAndHolds(43));
  EXPECT_THAT(Materialize(definitions, {.instance = instance, .select = "next"})
                  ->Output<int>("next"),
              IsOkAndHolds(43));
}

TEST(InputManagerTest, AMissingOneIsADefinitionErrorThatListsWhatThereIs) {
  Definitions definitions;
  definitions.Bind("http", std::shared_ptr<InputManager>(std::make_shared<FortyTwo>()));
  definitions.Add(
      Asset("a").Reads(Input("b").LoadedBy("database")).Compute([](int b) { return b; }));
  EXPECT_THAT(
      definitions.Validate(),
      FailsWith(ErrorCode::kInvalid, HasSubstr("there are: 'io_manager', 'http'")));
}

TEST(ExternalAssetTest, IsLoadedByItsManagerAndNeverMade) {
  Definitions definitions;
  const auto memory = std::make_shared<MemoryIOManager>();
  definitions.Bind("io_manager", std::shared_ptr<IOManager>(memory));
  definitions.Add(Asset("raw/x").External().Group("raw"));
  definitions.Add(Asset("y").Reads("raw/x").Compute([](int x) { return x + 1; }));
  const auto missing = Materialize(definitions);
  EXPECT_THAT(missing, FailsWith(ErrorCode::kNotFound, HasSubstr("asset 'raw/x'")));
}

TEST(LoadInStepTest, AStepLoadsAssetsThatAreNoInputs) {
  Definitions definitions;
  definitions.Add(Asset("a").Compute([] { return 5; }));
  definitions.Add(Asset("b").DependsOn("a").Compute(
      [](StepContext& step) { return step.Load<int>("a").value() + 1; }));
  EXPECT_THAT(Materialize(definitions)->Output<int>("b"), IsOkAndHolds(6));
}

TEST(ScratchFolderTest, AFileThatAStepWritesBecomesItsValue) {
  Definitions definitions;
  std::filesystem::path scratch;
  definitions.Add(Asset("mesh").Compute([&](StepContext& step) -> Result<FilePath> {
    ENTREPOT_ASSIGN_OR_RETURN(FilePath file, step.NewFile(".vtk"));
    scratch = file.path().parent_path();
    std::ofstream(file.path()) << "points";
    return file;
  }));
  definitions.Add(Asset("size").Reads("mesh").Compute([](const FilePath& mesh) {
    return static_cast<int>(std::filesystem::file_size(mesh.path()));
  }));
  const auto result = Materialize(definitions);
  ASSERT_THAT(result, IsOk());
  ASSERT_THAT(result->ToStatus(), IsOk());
  EXPECT_THAT(result->Output<int>("size"), IsOkAndHolds(6));
  EXPECT_TRUE(
      std::filesystem::exists(result->instance()->storage_folder() + "/mesh.vtk"));
  EXPECT_FALSE(std::filesystem::exists(scratch));
}

TEST(JobTest, IsRunWholeSoASelectionIsRefused) {
  Job job("nightly");
  job.Add(Op("one").Compute([] { return 1.0; }));
  Definitions defs;
  defs.Add(std::move(job));
  EXPECT_THAT(ExecuteJob(defs, "nightly", {.select = "one"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("job 'nightly'")));
  EXPECT_THAT(ExecuteJob(defs, "nightly", {.keys = {AssetKey::Parse("one").value()}}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("job 'nightly'")));
}

}  // namespace
}  // namespace entrepot
