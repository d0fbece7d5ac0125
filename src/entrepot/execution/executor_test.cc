// What becomes of steps, and of the values on their way, when a run does not go well.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include <arrow/api.h>

#include "entrepot/execution/materialize.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

AssetKey Key(std::string_view text) { return AssetKey::Parse(text).value(); }

TablePtr SmallTable() {
  arrow::Int64Builder builder;
  (void)builder.AppendValues({1, 2, 3});
  return arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                            {builder.Finish().ValueOrDie()});
}

TEST(ExecutorTest, AStepThatAwaitsItsRetryWhenTheRunIsStoppedIsInterrupted) {
  std::stop_source stop;
  Definitions defs;
  defs.Add(Asset("flaky")
               .Retry({.max_retries = 1, .delay = std::chrono::hours(1)})
               .Compute([]() -> Result<int> { return Unavailable("not yet"); }));
  const auto instance = Instance::Ephemeral().value();
  std::vector<StepStatus> reported;
  const RunResult result =
      Materialize(defs, {.instance = instance,
                         .stop = stop.get_token(),
                         .on_progress =
                             [&](const RunProgress& progress) {
                               reported.push_back(progress.status);
                               if (progress.status == StepStatus::kRetrying)
                                 stop.request_stop();
                             }})
          .value();
  EXPECT_EQ(result.status(), RunStatus::kInterrupted);
  EXPECT_EQ(result.steps()[0].status, StepStatus::kInterrupted);
  EXPECT_EQ(result.steps()[0].attempts, 1);
  EXPECT_THAT(result.ToStatus(), FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT(reported,
              ::testing::ElementsAre(StepStatus::kStarted, StepStatus::kRetrying,
                                     StepStatus::kInterrupted));
  const auto steps = instance->log().Steps(result.run_id()).value();
  EXPECT_EQ(steps.at(0).status, StepStatus::kInterrupted);
  EXPECT_EQ(instance->log().Runs({}).value().at(0).status, RunStatus::kInterrupted);
}

TEST(ExecutorTest, WhatTheHostsProgressThrowsStopsTheRunAndIsItsError) {
  Definitions defs;
  for (const char* key : {"a", "b", "c", "d"}) {
    defs.Add(Asset(key).Compute(  // Long enough for other threads to help.
        [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }));
  }
  const auto instance = Instance::Ephemeral().value();
  const RunResult result =
      Materialize(defs, {.instance = instance,
                         .max_workers = 2,
                         .on_progress =
                             [](const RunProgress& progress) {
                               if (progress.num_finished >= 1)
                                 throw std::runtime_error("the terminal is gone");
                             }})
          .value();
  EXPECT_EQ(result.status(), RunStatus::kFailure);
  EXPECT_THAT(result.ToStatus(),
              FailsWith(ErrorCode::kUserCode, HasSubstr("the terminal is gone")));
  EXPECT_EQ(result.Find(Key("d"))->status, StepStatus::kInterrupted);
  const RunRecord logged = instance->log().Runs({}).value().at(0);
  EXPECT_EQ(logged.status, RunStatus::kFailure);
  EXPECT_EQ(logged.error, "telling of progress: the terminal is gone");
}

TEST(ExecutorTest, WhatTheHostsPollThrowsStopsTheRunAndIsItsError) {
  Definitions defs;
  defs.Add(Asset("first")
               .Retry({.max_retries = 1, .delay = std::chrono::hours(1)})
               .Compute([]() -> Result<int> { return Unavailable("not yet"); }));
  const RunResult result =
      Materialize(defs, {.poll = []() -> bool { throw std::runtime_error("no host"); }})
          .value();
  EXPECT_EQ(result.status(), RunStatus::kFailure);
  EXPECT_THAT(result.ToStatus(), FailsWith(ErrorCode::kUserCode, "polling: no host"));
}

TEST(ExecutorTest, StepsSeeByTheirTokenThatTheHostsPollStopsTheRun) {
  const auto caller = std::this_thread::get_id();
  std::atomic<int> num_begun = 0;
  std::atomic<bool> is_told = false;
  const auto wait_for = [](const std::function<bool()>& is_there) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!is_there() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  const auto step = [&](StepContext& context) {
    ++num_begun;
    if (std::this_thread::get_id() == caller) {  // Who polls between steps.
      wait_for([&] { return num_begun == 2; });
    } else {
      wait_for([&] { return context.stop_token().stop_requested(); });
      is_told = context.stop_token().stop_requested();
    }
  };
  Definitions defs;
  defs.Add(Asset("a").Compute(step));
  defs.Add(Asset("b").Compute(step));
  ASSERT_THAT(
      Materialize(defs, {.poll = [&] { return num_begun == 2; }, .max_workers = 2}),
      IsOk());
  EXPECT_TRUE(is_told);
}

/// The worker that stored a value may still be letting go of it.
bool DiesSoon(const std::weak_ptr<arrow::Table>& value) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!value.expired() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return value.expired();
}

// Stores nothing, and loads nothing the first time.
class FailingOnceIOManager final : public IOManager {
 public:
  Status HandleOutput(OutputContext&, const Value&) override { return {}; }
  Result<Value> LoadInput(const InputContext&) override {
    if (++loads_ == 1) return Unavailable("not yet");
    return ToValue<int>(1);
  }

 private:
  std::atomic<int> loads_ = 0;
};

TEST(ExecutorTest, AnInputThatCannotBeLoadedKeepsNoOtherAlive) {
  std::weak_ptr<arrow::Table> alive;
  bool was_alive_at_end = true;
  Definitions defs;
  defs.Bind("failing_once",
            std::shared_ptr<IOManager>(std::make_shared<FailingOnceIOManager>()));
  defs.Add(Asset("number").IOManagerKey("failing_once").Compute([] { return 1; }));
  defs.Add(Asset("table").Compute([&] {
    auto table = SmallTable();
    alive = table;
    return table;
  }));
  defs.Add(Asset("reader")
               .Reads("number", "table")
               .Retry({.max_retries = 1})
               .Compute([](int number, const TablePtr&) { return number; }));
  defs.Add(Asset("end").DependsOn("reader").Compute(
      [&] { was_alive_at_end = !DiesSoon(alive); }));
  const RunResult result = Materialize(defs, {.keep_bytes = 0}).value();
  ASSERT_THAT(result.ToStatus(), IsOk());
  EXPECT_EQ(result.Find(Key("reader"))->attempts, 2);
  EXPECT_FALSE(was_alive_at_end);
}

// Lossless, and stores only when it is let.
class WaitingIOManager final : public IOManager {
 public:
  Status HandleOutput(OutputContext&, const Value&) override {
    std::unique_lock lock(mutex_);
    let_.wait(lock, [this] { return is_let_; });
    return {};
  }
  Result<Value> LoadInput(const InputContext&) override { return NotFound("not kept"); }
  std::optional<IOManagerInfo> Info() const override {
    return IOManagerInfo{.kind = "waiting", .config = "{}", .is_lossless = true};
  }

  void Let() {
    const std::lock_guard lock(mutex_);
    is_let_ = true;
    let_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable let_;
  bool is_let_ = false;  // Under mutex_.
};

TEST(ExecutorTest, AValueIsNotKeptForAReaderThatIsSkippedWhileItIsStored) {
  const auto manager = std::make_shared<WaitingIOManager>();
  std::weak_ptr<arrow::Table> alive;
  bool was_alive_at_end = true;
  Definitions defs;
  defs.Bind("waiting", std::shared_ptr<IOManager>(manager));
  defs.Add(Asset("table").IOManagerKey("waiting").Compute([&] {
    auto table = SmallTable();
    alive = table;
    return table;
  }));
  defs.Add(Asset("bad").Compute([]() -> Result<int> { return Unavailable("always"); }));
  defs.Add(Asset("reader").Reads("table", "bad").Compute([](const TablePtr&, int number) {
    return number;
  }));
  defs.Add(Asset("end").DependsOn("table").Compute(
      [&] { was_alive_at_end = !DiesSoon(alive); }));
  const RunResult result =
      Materialize(defs, {.max_workers = 2,
                         .keep_bytes = 0,
                         .on_progress =
                             [&](const RunProgress& progress) {
                               if (progress.status == StepStatus::kFailure)
                                 manager->Let();
                             }})
          .value();
  EXPECT_EQ(result.Find(Key("reader"))->status, StepStatus::kSkipped);
  EXPECT_EQ(result.Find(Key("end"))->status, StepStatus::kSuccess);
  EXPECT_FALSE(was_alive_at_end);
}

}  // namespace
}  // namespace entrepot
