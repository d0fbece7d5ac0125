#include "entrepot/execution/step_failure.h"

#include "entrepot/execution/materialize.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;

/// One asset that fails as `fail` says, however often it is tried.
struct Failing {
  explicit Failing(std::function<Result<int>()> fail, RetryPolicy policy = {}) {
    definitions.Add(Asset("x").Retry(policy).Compute([this, fail](StepContext&) {
      ++attempts;
      return fail();
    }));
  }

  RunResult Run() { return Materialize(definitions, {.instance = instance}).value(); }

  /// What the log has of failed attempts.
  std::vector<StepFailed> Logged(const RunResult& result) const {
    std::vector<StepFailed> failures;
    for (const EventRecord& record :
         instance->log().Events({.run_id = result.run_id()}).value()) {
      if (const auto* failed = std::get_if<StepFailed>(&record.event.data))
        failures.push_back(*failed);
    }
    return failures;
  }

  Definitions definitions;
  std::shared_ptr<Instance> instance = Instance::Ephemeral().value();
  int attempts = 0;
};

TEST(StepFailureTest, ItsMetadataIsInTheLog) {
  Failing failing([]() -> Result<int> {
    return Failure("the sensor was off", {.metadata = {{"sensor", 7}}});
  });
  const RunResult result = failing.Run();
  EXPECT_THAT(result.ToStatus(),
              FailsWith(ErrorCode::kUserCode, "computing asset 'x': the sensor was off"));
  const auto failures = failing.Logged(result);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].metadata, (Metadata{{"sensor", 7}}));
  EXPECT_EQ(failures[0].code, "user code");
}

TEST(StepFailureTest, MetadataThatHasANameTwiceIsLeftOutAndTheFailureSaysSo) {
  Failing failing([]() -> Result<int> {
    return Failure("the sensor was off", {.metadata = {{"sensor", 7}, {"sensor", 8}}});
  });
  const StepFailed logged = failing.Logged(failing.Run()).at(0);
  EXPECT_EQ(logged.metadata, Metadata());
  EXPECT_EQ(logged.error,
            "computing asset 'x': the sensor was off (without its metadata: metadata "
            "'sensor' is given twice)");
}

TEST(StepFailureTest, ItMayBeThrown) {
  Failing failing([]() -> Result<int> {
    throw StepFailure("the sensor was off", {.metadata = {{"sensor", 7}}});
  });
  EXPECT_EQ(failing.Logged(failing.Run()).at(0).metadata, (Metadata{{"sensor", 7}}));
}

TEST(StepFailureTest, OneThatAllowsNoRetriesIsFinalWhateverThePolicySays) {
  Failing failing(
      []() -> Result<int> { return Failure("never mind", {.allow_retries = false}); },
      {.max_retries = 3});
  const RunResult result = failing.Run();
  EXPECT_EQ(failing.attempts, 1);
  EXPECT_FALSE(result.success());
}

TEST(StepFailureTest, OneThatAllowsRetriesLeavesThemToThePolicy) {
  Failing failing([]() -> Result<int> { return Failure("again"); }, {.max_retries = 2});
  (void)failing.Run();
  EXPECT_EQ(failing.attempts, 3);
}

TEST(StepFailureTest, ARetryThatIsRequestedNeedsNoPolicy) {
  Failing failing(
      []() -> Result<int> { return RetryRequested("busy", {.max_retries = 2}); });
  const RunResult result = failing.Run();
  EXPECT_EQ(failing.attempts, 3);
  EXPECT_THAT(result.ToStatus(),
              FailsWith(ErrorCode::kUserCode, "computing asset 'x': busy"));
}

TEST(StepFailureTest, ARequestedRetryComesNoSoonerThanItWasAskedFor) {
  using std::chrono::milliseconds;
  Failing failing([]() -> Result<int> {
    return RetryRequested("busy", {.max_retries = 1, .wait = milliseconds(40)});
  });
  const Stopwatch stopwatch;
  (void)failing.Run();
  EXPECT_EQ(failing.attempts, 2);
  EXPECT_GE(stopwatch.seconds(), 0.04);
}

/// Asks to be called again the first time, and keeps nothing.
class ReluctantIOManager final : public IOManager {
 public:
  Status HandleOutput(OutputContext&, const Value&) override {
    if (++num_stores == 1) return RetryRequested("the shelf is full");
    return {};
  }
  Result<Value> LoadInput(const InputContext&) override { return Invalid("not kept"); }

  int num_stores = 0;
};

TEST(StepFailureTest, AManagerMayAskForTheRetryOfItsStoreWithoutTheCompute) {
  const auto manager = std::make_shared<ReluctantIOManager>();
  int num_computed = 0;
  Definitions definitions;
  definitions.Add(Asset("x").Compute([&] { return ++num_computed; }));
  definitions.Bind("io_manager", manager);
  EXPECT_TRUE(Materialize(definitions).value().success());
  EXPECT_EQ(manager->num_stores, 2);
  EXPECT_EQ(num_computed, 1);
}

TEST(StepFailureTest, ContextAddedOnTheWayKeepsTheDetails) {
  const Error error = Failure("off", {.metadata = {{"n", 1}}}).While("loading");
  EXPECT_EQ(FailureDetailsOf(error)->metadata, (Metadata{{"n", 1}}));
  EXPECT_EQ(FailureDetailsOf(Invalid("plain")), std::nullopt);
}

}  // namespace
}  // namespace entrepot
