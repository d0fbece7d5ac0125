#include "entrepot/io/partitions.h"

#include "entrepot/codec/registry.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/input_context_for_test.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"
#include "entrepot/testing/value_matchers.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::EqualsValue;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::TemporaryFolder;

InputContext::Fields WithMissingAllowed(InputContext::Fields input) {
  input.definition_metadata = {{"allow_missing_partitions", true}};
  return input;
}

Value TextOf(const std::string& partition) { return Value::Text("of " + partition); }

/// Loads a partition as its own name; what is absent is not there.
class LoadPartitionsTest : public ::testing::Test {
 protected:
  Result<Value> Load(InputContext::Fields input) {
    return LoadPartitions(
        InputContext(std::move(input)), [this](const InputContext& one) -> Result<Value> {
          const std::string& key = one.upstream_output().partition().value();
          if (key == absent_) return NotFound("there is no '{}'", key);
          if (key == broken_) return Corrupt("'{}' is damaged", key);
          return TextOf(key);
        });
  }

  std::string absent_ = "";
  std::string broken_ = "";
};

TEST_F(LoadPartitionsTest, OneIsItsValueSeveralAreAMapNoneIsNothing) {
  EXPECT_THAT(Load(InputOf("a", {"x"})), IsOkAndHolds(EqualsValue(TextOf("x"))));
  EXPECT_THAT(Load(InputOf("a", {"z", "x", "y"})),
              IsOkAndHolds(EqualsValue(Value::Map(
                  {{"z", TextOf("z")}, {"x", TextOf("x")}, {"y", TextOf("y")}}))));
  EXPECT_THAT(Load(InputOf("a", {})), IsOkAndHolds(EqualsValue(Value())));
}

TEST_F(LoadPartitionsTest, EachOfManyIsUnderItsOwnKey) {
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back(std::to_string(i));
  absent_ = "50";
  const Value loaded = Load(WithMissingAllowed(InputOf("a", keys))).value();
  ASSERT_EQ(loaded.map().size(), 99u);
  for (const auto& [key, value] : loaded.map())
    EXPECT_THAT(value, EqualsValue(TextOf(key)));
}

TEST_F(LoadPartitionsTest, WhatIsMissingIsLeftOutWithAWarningWhereTheInputAllowsIt) {
  absent_ = "y";
  EXPECT_THAT(Load(InputOf("a", {"x", "y", "z"})),
              FailsWith(ErrorCode::kNotFound, HasSubstr("no 'y'")));
  const auto log = std::make_shared<KeptLines>();
  InputContext::Fields input = WithMissingAllowed(InputOf("a", {"x", "y", "z"}));
  input.log = log;
  EXPECT_THAT(
      Load(input),
      IsOkAndHolds(EqualsValue(Value::Map({{"x", TextOf("x")}, {"z", TextOf("z")}}))));
  EXPECT_THAT(log->lines(),
              ElementsAre(AllOf(HasSubstr("asset 'a'"), HasSubstr("partition 'y'"))));
}

TEST_F(LoadPartitionsTest, WhatIsLeftOfSeveralStaysAMap) {
  absent_ = "y";
  EXPECT_THAT(Load(WithMissingAllowed(InputOf("a", {"x", "y"}))),
              IsOkAndHolds(EqualsValue(Value::Map({{"x", TextOf("x")}}))));
  EXPECT_THAT(Load(WithMissingAllowed(InputOf("a", {"y"}))),
              IsOkAndHolds(EqualsValue(Value())));
}

TEST_F(LoadPartitionsTest, ARequestByKeyMakesAMapOfAnyNumber) {
  const auto by_key = [](InputContext::Fields input) {
    input.request.by_key = true;
    return input;
  };
  EXPECT_THAT(Load(by_key(InputOf("a", {"x"}))),
              IsOkAndHolds(EqualsValue(Value::Map({{"x", TextOf("x")}}))));
  EXPECT_THAT(Load(by_key(InputOf("a", {}))), IsOkAndHolds(EqualsValue(Value::Map({}))));
  EXPECT_FALSE(InputContext(by_key(InputOf("a", {"x"}))).OfPartition(0).request().by_key);
}

TEST_F(LoadPartitionsTest, OneByOneAMissingPartitionIsAnErrorThatTheCallerJudges) {
  const auto load_by_another = [](const InputContext& one) {
    return LoadPartitions(one, [](const InputContext& same) -> Result<Value> {
      const std::string& key = same.upstream_output().partition().value();
      if (key == "y") return NotFound("there is no '{}'", key);
      return TextOf(key);
    });
  };
  const InputContext input(WithMissingAllowed(InputOf("a", {"x", "y"})));
  EXPECT_THAT(LoadPartitions(input, load_by_another),
              IsOkAndHolds(EqualsValue(Value::Map({{"x", TextOf("x")}}))));
}

TEST_F(LoadPartitionsTest, OnlyAMissingPartitionMayBeMissing) {
  broken_ = "y";
  EXPECT_THAT(Load(WithMissingAllowed(InputOf("a", {"x", "y"}))),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("'y' is damaged")));
}

TEST_F(LoadPartitionsTest, OfSeveralFailuresTheFirstPartitionsIsTold) {
  absent_ = "x";
  broken_ = "y";
  EXPECT_THAT(Load(InputOf("a", {"y", "x"})), FailsWith(ErrorCode::kCorrupt));
  EXPECT_THAT(Load(InputOf("a", {"x", "y"})), FailsWith(ErrorCode::kNotFound));
}

/// What the managers of the library have in common.
class ManagersOfPartitionsTest
    : public ::testing::TestWithParam<std::shared_ptr<IOManager> (*)(
          const std::string& folder)> {
 protected:
  void Store(const std::string& partition, const Value& value) {
    OutputContext output(
        {.asset_key = AssetKey::Parse("a").value(), .partition = partition});
    ASSERT_TRUE(manager_->HandleOutput(output, value));
  }

  Result<Value> Load(InputContext::Fields input) {
    return manager_->LoadInput(InputContext(std::move(input)));
  }

  TemporaryFolder folder_;
  std::shared_ptr<IOManager> manager_ = GetParam()(folder_.path());
};

TEST_P(ManagersOfPartitionsTest, GiveThemByKeyInTheOrderThatIsAsked) {
  Store("a", TextOf("a"));
  Store("b", TextOf("b"));
  EXPECT_THAT(Load(InputOf("a", {"b"})), IsOkAndHolds(EqualsValue(TextOf("b"))));
  EXPECT_THAT(
      Load(InputOf("a", {"b", "a"})),
      IsOkAndHolds(EqualsValue(Value::Map({{"b", TextOf("b")}, {"a", TextOf("a")}}))));
}

TEST_P(ManagersOfPartitionsTest, LeaveOutWhatMayBeMissingAndNothingElse) {
  Store("a", TextOf("a"));
  Store("c", TextOf("c"));
  EXPECT_THAT(
      Load(WithMissingAllowed(InputOf("a", {"a", "b", "c"}))),
      IsOkAndHolds(EqualsValue(Value::Map({{"a", TextOf("a")}, {"c", TextOf("c")}}))));
  EXPECT_THAT(Load(InputOf("a", {"a", "b", "c"})),
              FailsWith(ErrorCode::kNotFound, HasSubstr("(partition 'b')")));
}

TEST_P(ManagersOfPartitionsTest, TakeAStoredNullForAValue) {
  const Value null = Value::Json("null");
  Store("a", TextOf("a"));
  Store("b", null);
  EXPECT_THAT(Load(WithMissingAllowed(InputOf("a", {"a", "b"}))),
              IsOkAndHolds(EqualsValue(Value::Map({{"a", TextOf("a")}, {"b", null}}))));
}

INSTANTIATE_TEST_SUITE_P(
    BuiltIn, ManagersOfPartitionsTest,
    ::testing::Values(
        +[](const std::string& folder) -> std::shared_ptr<IOManager> {
          return FileSystemIOManager::Make({.base_dir = folder},
                                           CodecRegistry::WithBuiltins())
              .value();
        },
        +[](const std::string&) -> std::shared_ptr<IOManager> {
          return std::make_shared<MemoryIOManager>();
        }),
    [](const auto& info) { return info.index == 0 ? "Files" : "Memory"; });

}  // namespace
}  // namespace entrepot
