// What steps and managers log: into the event log, and into the host program's own.

#include "entrepot/execution/materialize.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

AssetKey Key(std::string_view text) { return AssetKey::Parse(text).value(); }

/// A line, and who logged it.
struct Line {
  std::string step_key;
  LogLevel level;
  std::string message;
  friend bool operator==(const Line&, const Line&) = default;
};

/// Keeps numbers; tells the log of every store and load.
class TalkativeIOManager final : public IOManager {
 public:
  Status HandleOutput(OutputContext& context, const Value& value) override {
    value_ = value;
    context.log().Debug("stored");
    return {};
  }
  Result<Value> LoadInput(const InputContext& context) override {
    context.log().Error("loaded late");
    ENTREPOT_RETURN_IF_ERROR(context.AddInputMetadata({{"rows", 1}}, "read again"));
    return value_;
  }

 private:
  Value value_;
};

Definitions TwoSteps() {
  Definitions definitions;
  definitions.Add(Asset("a/x").Compute([](StepContext& step) {
    step.log().Info("{} of {}", 1, 2);
    return 1;
  }));
  definitions.Add(Asset("y").Reads("a/x").Compute([](int x, StepContext& step) {
    step.log().Warning("nearly done");
    return x;
  }));
  definitions.Bind("io_manager", std::make_shared<TalkativeIOManager>());
  return definitions;
}

const std::vector<Line> kLines = {
    {"a/x", LogLevel::kInfo, "1 of 2"},
    {"a/x", LogLevel::kDebug, "stored"},
    {"y", LogLevel::kError, "loaded late"},
    {"y", LogLevel::kInfo, "observed asset 'a/x', read again: rows = 1"},
    {"y", LogLevel::kWarning, "nearly done"},
    {"y", LogLevel::kDebug, "stored"}};

TEST(StepLogTest, EachLineIsInTheEventLogWithItsStep) {
  const auto instance = Instance::Ephemeral().value();
  const auto result = Materialize(TwoSteps(), {.instance = instance}).value();
  std::vector<Line> lines;
  for (const auto& [id, event] :
       instance->log().Events({.run_id = result.run_id()}).value()) {
    if (const auto* line = std::get_if<Logged>(&event.data))
      lines.push_back({event.step_key, line->level, line->message});
  }
  EXPECT_EQ(lines, kLines);
}

TEST(StepLogTest, AProgramsOwnLoggerGetsTheSameLines) {
  std::vector<Line> lines;
  const auto result =
      Materialize(TwoSteps(), {.on_log = [&](const std::string& step_key, LogLevel level,
                                             const std::string& message) {
                    lines.push_back({step_key, level, message});
                  }});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(lines, kLines);
}

TEST(StepLogTest, WhatALoadObservedIsLoggedOfTheAsset) {
  const auto instance = Instance::Ephemeral().value();
  const auto result = Materialize(TwoSteps(), {.instance = instance}).value();
  std::vector<Logged> observations;
  for (const auto& [id, event] :
       instance->log().Events({.run_id = result.run_id()}).value()) {
    const auto* line = std::get_if<Logged>(&event.data);
    if (line != nullptr && line->key) observations.push_back(*line);
  }
  ASSERT_EQ(observations.size(), 1u);
  EXPECT_EQ(observations[0].key, Key("a/x"));
  EXPECT_EQ(observations[0].metadata, (Metadata{{"rows", 1}}));
}

TEST(StepLogTest, AStepMayLogThatItMaterializedAnotherAsset) {
  const auto instance = Instance::Ephemeral().value();
  Definitions definitions;
  definitions.Add(Asset("x").Compute([](StepContext& step) -> Result<int> {
    ENTREPOT_RETURN_IF_ERROR(step.LogEvent({.kind = AssetEvent::Kind::kMaterialization,
                                            .key = AssetKey::Parse("index/of_x").value(),
                                            .metadata = {{"entries", 3}}}));
    return Invalid("and then it failed");
  }));
  const auto result = Materialize(definitions, {.instance = instance}).value();
  const auto latest = instance->log().Latest(Key("index/of_x"), std::nullopt).value();
  ASSERT_TRUE(latest.has_value());
  EXPECT_EQ(latest->run_id, result.run_id());
  EXPECT_EQ(latest->metadata, (Metadata{{"entries", 3}}));
  EXPECT_EQ(result.Find("x")->status, StepStatus::kFailure);
  EXPECT_EQ(instance->log().Steps(result.run_id()).value().at(0).status,
            StepStatus::kFailure);
}

TEST(StepLogTest, MetadataThatHasANameTwiceIsRefused) {
  const Metadata twice = {{"n", 1}, {"m", 2}, {"n", 3}};
  Definitions definitions;
  definitions.Add(Asset("x").Compute([&](StepContext& step) {
    step.AddOutputMetadata(twice);
    return 1;
  }));
  EXPECT_THAT(Materialize(definitions).value().ToStatus(),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("storing asset 'x': metadata 'n' is given twice")));
  EXPECT_THAT(Instance::Ephemeral().value()->Store("x", 1, {.metadata = twice}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("metadata 'n' is given twice")));
  Definitions defined;
  defined.Add(Asset("x").WithMetadata(twice).Compute([] { return 1; }));
  EXPECT_THAT(defined.Validate(),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("asset 'x': metadata 'n' is given twice")));
}

TEST(StepLogTest, ALaterCallReplacesAnEarlierOnesMetadata) {
  Definitions definitions;
  definitions.Add(Asset("x").Compute([](StepContext& step) {
    step.AddOutputMetadata({{"n", 1}, {"m", 2}});
    step.AddOutputMetadata({{"n", 3}});
    return 1;
  }));
  const auto result = Materialize(definitions).value();
  const Metadata& metadata = result.Find("x")->outputs.at(0).metadata;
  EXPECT_EQ(FindMetadata(metadata, "n")->int_value(), 3);
  EXPECT_EQ(FindMetadata(metadata, "m")->int_value(), 2);
}

}  // namespace
}  // namespace entrepot
