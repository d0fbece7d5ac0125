#include <set>

#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "entrepot/execution/materialize.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Pair;

PartitionsPtr Letters() { return PartitionsDefinition::Static({"a", "b", "c"}).value(); }

class PartitionsInRunsTest : public ::testing::Test {
 protected:
  RunResult Run(const Definitions& definitions, const std::string& select,
                std::optional<std::string> partition) {
    auto result = Materialize(
        definitions,
        {.instance = instance_, .select = select, .partition = std::move(partition)});
    EXPECT_THAT(result, IsOk());
    EXPECT_THAT(result->ToStatus(), IsOk());
    return *std::move(result);
  }

  /// "letter" makes its own partition's key as text.
  static Asset Letter() {
    return Asset("letter").PartitionedBy(Letters()).Compute(
        [](StepContext& step) { return step.partition().value(); });
  }

  std::shared_ptr<Instance> instance_ = Instance::Ephemeral().value();
};

TEST_F(PartitionsInRunsTest, EachPartitionIsKeptByItself) {
  Definitions definitions;
  definitions.Add(Letter());
  Run(definitions, "", "a");
  Run(definitions, "", "b");
  EXPECT_THAT(instance_->Load<std::string>("letter", {.partition = "a"}),
              IsOkAndHolds("a"));
  EXPECT_THAT(instance_->Load<std::string>("letter", {.partition = "b"}),
              IsOkAndHolds("b"));
  EXPECT_THAT(instance_->Load<std::string>("letter", {.partition = "c"}),
              FailsWith(ErrorCode::kNotFound, HasSubstr("partition 'c'")));
  EXPECT_THAT(instance_->Load<std::string>("letter"),
              FailsWith(ErrorCode::kNotFound, HasSubstr("say which one")));
}

TEST_F(PartitionsInRunsTest, AReaderWithTheSamePartitionsGetsItsOwn) {
  Definitions definitions;
  definitions.Add(Letter());
  definitions.Add(Asset("twice").Reads("letter").PartitionedBy(Letters()).Compute(
      [](const std::string& letter) { return letter + letter; }));
  Run(definitions, "", "b");
  Run(definitions, "letter", "c");
  Run(definitions, "twice", "c");  // Loads what the run before stored.
  EXPECT_THAT(instance_->Load<std::string>("twice", {.partition = "b"}),
              IsOkAndHolds("bb"));
  EXPECT_THAT(instance_->Load<std::string>("twice", {.partition = "c"}),
              IsOkAndHolds("cc"));
}

TEST_F(PartitionsInRunsTest, AReaderWithoutPartitionsGetsAllInTheirOrder) {
  Definitions definitions;
  definitions.Add(Letter());
  definitions.Add(
      Asset("word").Reads("letter").Compute([](const Partitions<std::string>& letters) {
        std::string word;
        for (const auto& [key, letter] : letters) word += letter;
        return word;
      }));
  for (const char* partition : {"c", "a"}) Run(definitions, "letter", partition);
  // This run makes the one that is missing.
  const RunResult result = Run(definitions, "", "b");
  EXPECT_THAT(result.Output<std::string>("word"), IsOkAndHolds("abc"));
  const auto& inputs = result.Find("word")->inputs;
  ASSERT_EQ(inputs.size(), 3u);
  EXPECT_EQ(inputs[1].partition, "b");
  EXPECT_EQ(inputs[1].source->load(), result.Find("letter[b]")->outputs[0].id->load());
}

TEST_F(PartitionsInRunsTest, AMissingPartitionFailsTheRunBeforeItsFirstStep) {
  Definitions definitions;
  definitions.Add(Letter());
  definitions.Add(Asset("word").Reads("letter").Compute(
      [](const Partitions<std::string>&) { return std::string(); }));
  Run(definitions, "letter", "a");
  EXPECT_THAT(Materialize(definitions, {.instance = instance_, .select = "word"}),
              FailsWith(ErrorCode::kNotFound, HasSubstr("(partition 'b')")));
}

TEST_F(PartitionsInRunsTest, PartitionsMayBeMissingWhereTheInputSaysSo) {
  Definitions definitions;
  definitions.Add(Letter());
  definitions.Add(Asset("word")
                      .Reads(Input("letter").AllowMissingPartitions())
                      .Compute([](const Partitions<std::string>& letters) {
                        std::vector<std::string> keys;
                        for (const auto& [key, letter] : letters)
                          keys.push_back(key + letter);
                        return nlohmann::json(keys);
                      }));
  Run(definitions, "letter", "c");
  Run(definitions, "letter", "a");
  const RunResult result = Run(definitions, "word", std::nullopt);
  EXPECT_THAT(result.Output<nlohmann::json>("word"),
              IsOkAndHolds(nlohmann::json({"aa", "cc"})));
}

TEST_F(PartitionsInRunsTest, ALogThatThrowsWhenAPartitionIsLeftOutFailsTheStep) {
  Definitions definitions;
  definitions.Add(Letter());
  definitions.Add(Asset("word")
                      .Reads(Input("letter").AllowMissingPartitions())
                      .Compute([](const Partitions<std::string>&) { return 1; }));
  const auto result = Materialize(
      definitions, {.instance = instance_,
                    .select = "word",
                    .on_log = [](const std::string&, LogLevel, const std::string&) {
                      throw std::runtime_error("the terminal is gone");
                    }});
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(result->ToStatus(),
              FailsWith(ErrorCode::kUserCode, HasSubstr("the terminal is gone")));
}

TEST_F(PartitionsInRunsTest, WhatIsLeftOfSeveralPartitionsComesByKey) {
  Definitions definitions;
  definitions.Add(Letter());
  definitions.Add(Asset("word")
                      .Reads(Input("letter").AllowMissingPartitions())
                      .Compute([](const Partitions<std::string>& letters) {
                        std::string word = "=";
                        for (const auto& [key, letter] : letters) word += key + letter;
                        return word;
                      }));
  EXPECT_THAT(Run(definitions, "word", std::nullopt).Output<std::string>("word"),
              IsOkAndHolds("="));
  Run(definitions, "letter", "b");
  EXPECT_THAT(Run(definitions, "word", std::nullopt).Output<std::string>("word"),
              IsOkAndHolds("=bb"));
}

/// Gives what it is asked for, whatever that is: the keys.
class Naming final : public IOManager {
 public:
  Status HandleOutput(OutputContext& output, const Value&) override {
    stored_.insert(output.partition());
    return {};
  }
  Result<Value> LoadInput(const InputContext& context) override {
    return Value::Text(fmt::format("{}", fmt::join(context.asset_partition_keys(), "+")));
  }
  Result<bool> Has(const OutputContext& output) override {
    return stored_.contains(output.partition());
  }

 private:
  std::set<std::optional<std::string>> stored_;
};

TEST_F(PartitionsInRunsTest, AUserWrittenManagerIsAskedForThePartitionsThatItHas) {
  Definitions definitions;
  definitions.Bind("io_manager", std::shared_ptr<IOManager>(std::make_shared<Naming>()));
  definitions.Add(Letter());
  definitions.Add(Asset("asked")
                      .IOManagerKey("memory")
                      .Reads(Input("letter").AllowMissingPartitions())
                      .Compute([](const std::string& keys) { return keys; }));
  definitions.Bind("memory", MemoryIOManagerFactory());
  for (const auto& [made, asked] : {std::pair("c", "c"), std::pair("a", "a+c")}) {
    Run(definitions, "letter", made);
    const RunResult result = Run(definitions, "asked", std::nullopt);
    EXPECT_THAT(result.Output<std::string>("asked"), IsOkAndHolds(asked));
  }
}

TEST_F(PartitionsInRunsTest, AnAssetReadsItsOwnPast) {
  Definitions definitions;
  const auto days = PartitionsDefinition::TimeWindows(
      {.cadence = Cadence::kDaily, .start = "2024-01-01", .end = "2024-01-04"});
  definitions.Add(Asset("total")
                      .PartitionedBy(days)
                      .Reads(Input("total").Mapped(TimeWindowPartitionMapping{
                          .start_offset = -1, .end_offset = -1}))
                      .Compute([](const Partitions<int>& before) {
                        return before.size() == 0 ? 1 : before.begin()->second + 1;
                      }));
  for (const char* day : {"2024-01-01", "2024-01-02", "2024-01-03"})
    Run(definitions, "", day);
  EXPECT_THAT(instance_->Load<int>("total", {.partition = "2024-01-03"}),
              IsOkAndHolds(3));
}

}  // namespace
}  // namespace entrepot
