#include "entrepot/execution/materialize.h"

#include <unistd.h>

#include <atomic>
#include <thread>

#include <arrow/api.h>
#include <arrow/json/from_string.h>

#include "entrepot/io/context.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::TemporaryFolder;

AssetKey Key(std::string_view text) { return AssetKey::Parse(text).value(); }

TablePtr Table(int64_t rows) {
  std::vector<int64_t> values(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) values[static_cast<size_t>(i)] = i;
  arrow::Int64Builder builder;
  (void)builder.AppendValues(values);
  return arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                            {builder.Finish().ValueOrDie()});
}

// numbers → sum → report
Definitions Chain() {
  Definitions defs;
  defs.Add(Asset("raw/numbers").Compute([] { return std::vector<double>{1, 2, 3}; }));
  defs.Add(
      Asset("sum").Reads("raw/numbers").Compute([](const std::vector<double>& numbers) {
        double sum = 0;
        for (const double n : numbers) sum += n;
        return sum;
      }));
  defs.Add(Asset("report").Reads("sum").Group("reports").Compute(
      [](double sum, StepContext& step) {
        step.log().Info("the sum is {}", sum);
        step.AddOutputMetadata({{"sum", sum}});
        return fmt::format("sum: {}", sum);
      }));
  return defs;
}

TEST(MaterializeTest, ValuesFlowFromStepToStep) {
  const RunResult result = Materialize(Chain()).value();
  EXPECT_TRUE(result.success());
  EXPECT_THAT(result.Output<std::string>("report"), IsOkAndHolds("sum: 6"));
  EXPECT_THAT(result.Output<double>("sum"), IsOkAndHolds(6));
  EXPECT_EQ(result.steps().size(), 3u);
}

TEST(MaterializeTest, TheLogKeepsWhatHappened) {
  const auto instance = Instance::Ephemeral().value();
  const RunResult result = Materialize(Chain(), {.instance = instance}).value();
  const auto runs = instance->log().Runs({}).value();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].run_id, result.run_id());
  EXPECT_EQ(runs[0].status, RunStatus::kSuccess);
  const auto report = instance->log().Latest(Key("report"), std::nullopt).value().value();
  EXPECT_EQ(FindMetadata(report.metadata, "sum")->float_value(), 6);
  EXPECT_EQ(report.receipts.at(0).format, "text");
  const auto upstream =
      instance->log().Lineage(report.id, LineageDirection::kUpstream).value();
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(upstream[0].key, Key("sum"));
  EXPECT_EQ(upstream[0].inputs.at(0).key, Key("raw/numbers"));
}

TEST(MaterializeTest, APersistentInstanceKeepsValuesAndLog) {
  const TemporaryFolder folder;
  {
    const auto instance = Instance::Open(folder.path() + "/home").value();
    ASSERT_TRUE(Materialize(Chain(), {.instance = instance}).value().success());
  }
  const auto instance = Instance::Open(folder.path() + "/home").value();
  EXPECT_THAT(instance->Load<std::string>("report"), IsOkAndHolds("sum: 6"));
  EXPECT_THAT(instance->Load<std::vector<double>>("raw/numbers"),
              IsOkAndHolds(ElementsAre(1, 2, 3)));
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/home/storage/raw/numbers.npy"));
}

TEST(MaterializeTest, ASelectionLoadsWhatItDoesNotMake) {
  const auto instance = Instance::Ephemeral().value();
  ASSERT_TRUE(
      Materialize(Chain(), {.instance = instance, .select = "+sum"}).value().success());
  const RunResult result =
      Materialize(Chain(), {.instance = instance, .select = "report"}).value();
  EXPECT_TRUE(result.success());
  EXPECT_EQ(result.steps().size(), 1u);
  EXPECT_GT(result.steps()[0].inputs.at(0).source->load(), 0);
  EXPECT_GT(result.steps()[0].inputs.at(0).load.size_bytes, 0);
}

TEST(MaterializeTest, AMissingInputFailsTheRunBeforeItsFirstStep) {
  const auto instance = Instance::Ephemeral().value();
  EXPECT_THAT(Materialize(Chain(), {.instance = instance, .select = "report"}),
              FailsWith(ErrorCode::kNotFound, AllOf(HasSubstr("asset 'sum'"),
                                                    HasSubstr("never materialized"))));
  const RunRecord run = instance->log().Runs({}).value().at(0);
  EXPECT_EQ(run.status, RunStatus::kFailure);
  EXPECT_THAT(run.error, HasSubstr("asset 'sum'"));
  EXPECT_TRUE(instance->log().Steps(run.run_id).value().empty());
}

TEST(MaterializeTest, AnInputThatNothingDefinesOffersTheNearestName) {
  Definitions definitions;
  definitions.Add(Asset("raw/orders").Compute([] { return 1; }));
  definitions.Add(Asset("y").Reads("raw/ordres").Compute([](int x) { return x + 1; }));
  EXPECT_THAT(
      Materialize(definitions),
      FailsWith(ErrorCode::kNotFound, AllOf(HasSubstr("which no definition makes"),
                                            HasSubstr("; did you mean "
                                                      "'raw/orders'?"))));
  Definitions far;
  far.Add(Asset("y").Reads("raw/ordres").Compute([](int x) { return x + 1; }));
  EXPECT_THAT(Materialize(far),
              FailsWith(ErrorCode::kNotFound, HasSubstr("; store it first")));
}

TEST(MaterializeTest, UnknownSelectionsOfferTheNearestName) {
  EXPECT_THAT(Materialize(Chain(), {.select = "raw/nubmers"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'raw/numbers'?")));
}

TEST(MaterializeTest, AFailureStopsOnlyWhatNeedsIt) {
  Definitions defs;
  defs.Add(Asset("bad").Compute([]() -> int { throw std::out_of_range("row 7"); }));
  defs.Add(Asset("needs_bad").Reads("bad").Compute([](int n) { return n; }));
  defs.Add(Asset("needs_that").Reads("needs_bad").Compute([](int n) { return n; }));
  defs.Add(Asset("good").Compute([] { return 1; }));
  const RunResult result = Materialize(defs).value();
  EXPECT_FALSE(result.success());
  EXPECT_EQ(result.Find(Key("bad"))->status, StepStatus::kFailure);
  EXPECT_EQ(result.Find(Key("needs_bad"))->status, StepStatus::kSkipped);
  EXPECT_EQ(result.Find(Key("needs_that"))->status, StepStatus::kSkipped);
  EXPECT_THAT(result.Output<int>("good"), IsOkAndHolds(1));
  EXPECT_THAT(result.ToStatus(), FailsWith(ErrorCode::kUserCode, HasSubstr("row 7")));
  EXPECT_THROW(result.ToStatus().value(), std::out_of_range);
  EXPECT_THAT(result.Output<int>("needs_bad"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("skipped")));
}

TEST(MaterializeTest, AWrongTypeIsAnErrorThatNamesInputAndConsumer) {
  Definitions defs;
  defs.Add(Asset("text").Compute([] { return std::string("x"); }));
  defs.Add(
      Asset("table").Reads("text").Compute([](const TablePtr& table) { return table; }));
  EXPECT_THAT(Materialize(defs).value().ToStatus(),
              FailsWith(ErrorCode::kInvalid,
                        AllOf(HasSubstr("'table'"), HasSubstr("kind 'text'"))));
}

TEST(MaterializeTest, ANullTableIsAnError) {
  Definitions defs;
  defs.Add(Asset("table").Compute([] { return TablePtr(); }));
  EXPECT_THAT(Materialize(defs).value().ToStatus(),
              FailsWith(ErrorCode::kInvalid, HasSubstr("the table is null")));
}

TEST(MaterializeTest, AStepWithoutAValueCountsAsDone) {
  const auto instance = Instance::Ephemeral().value();
  Definitions defs;
  std::atomic<int> calls = 0;
  defs.Add(Asset("side_effect").Compute([&calls] { ++calls; }));
  defs.Add(
      Asset("after").DependsOn("side_effect").Compute([&calls] { return calls.load(); }));
  defs.Add(Asset("reads").Reads("side_effect").Compute([](int n) { return n; }));
  const RunResult result = Materialize(defs, {.instance = instance}).value();
  EXPECT_THAT(result.Output<int>("after"), IsOkAndHolds(1));
  EXPECT_THAT(result.Output<int>("side_effect"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no value")));
  EXPECT_THAT(*result.Find(Key("reads"))->error,
              ::testing::Property(&Error::message, HasSubstr("there is no value")));
  EXPECT_THAT(instance->Load<int>("side_effect"),
              FailsWith(ErrorCode::kNotFound, HasSubstr("without a value")));
}

TEST(MaterializeTest, RetriesRepeatAStepAsOftenAsItsPolicySays) {
  Definitions defs;
  std::atomic<int> attempts = 0;
  defs.Add(Asset("source").Compute([] { return 5; }));
  defs.Add(Asset("flaky")
               .Reads("source")
               .Retry({.max_retries = 2})
               .Compute([&](int n) -> Result<int> {
                 if (++attempts < 3) return Unavailable("attempt {}", attempts.load());
                 return n + attempts;
               }));
  const auto instance = Instance::Ephemeral().value();
  const RunResult result = Materialize(defs, {.instance = instance}).value();
  EXPECT_THAT(result.Output<int>("flaky"), IsOkAndHolds(8));
  EXPECT_EQ(result.Find(Key("flaky"))->attempts, 3);
  const auto steps = instance->log().Steps(result.run_id()).value();
  EXPECT_EQ(steps.at(1).attempts, 3);
  EXPECT_EQ(steps.at(1).status, StepStatus::kSuccess);
}

TEST(MaterializeTest, RetriesEndWithTheLastError) {
  Definitions defs;
  defs.Add(Asset("bad").Retry({.max_retries = 1}).Compute([]() -> Result<int> {
    return Unavailable("always");
  }));
  const RunResult result = Materialize(defs).value();
  EXPECT_EQ(result.steps()[0].attempts, 2);
  EXPECT_THAT(result.ToStatus(), FailsWith(ErrorCode::kUnavailable, HasSubstr("always")));
}

TEST(MaterializeTest, AStopTokenLetsRunningStepsEndAndStartsNoOther) {
  std::stop_source stop;
  Definitions defs;
  defs.Add(Asset("first").Compute([&] {
    stop.request_stop();
    return 1;
  }));
  defs.Add(Asset("second").Reads("first").Compute([](int n) { return n; }));
  const auto instance = Instance::Ephemeral().value();
  const RunResult result =
      Materialize(defs, {.instance = instance, .stop = stop.get_token()}).value();
  EXPECT_EQ(result.status(), RunStatus::kInterrupted);
  EXPECT_EQ(result.Find(Key("first"))->status, StepStatus::kSuccess);
  EXPECT_EQ(result.Find(Key("second"))->status, StepStatus::kInterrupted);
  EXPECT_EQ(instance->log().Runs({}).value().at(0).status, RunStatus::kInterrupted);
  EXPECT_THAT(result.ToStatus(), FailsWith(ErrorCode::kCancelled));
}

TEST(MaterializeTest, LongStepsRunAtTheSameTime) {
  Definitions defs;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  for (int i = 0; i < 4; ++i) {
    defs.Add(Asset(fmt::format("step_{}", i)).Compute([&] {
      const int now = ++running;
      int seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      --running;
      return now;
    }));
  }
  ASSERT_TRUE(Materialize(defs, {.max_workers = 4}).value().success());
  EXPECT_GT(most, 1);
  most = 0;
  ASSERT_TRUE(Materialize(defs, {.max_workers = 1}).value().success());
  EXPECT_EQ(most, 1);
}

TEST(MaterializeTest, ANegativeNumberOfWorkersIsRefused) {
  Definitions defs;
  defs.Add(Asset("one").Compute([] { return 1; }));
  const auto result = Materialize(defs, {.max_workers = -1});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "max_workers must not be negative: -1");
}

TEST(MaterializeTest, StreamsAreStoredAndOpenedAnewByEachConsumer) {
  Definitions defs;
  defs.Add(Asset("stream").Compute([]() -> RecordBatchReaderPtr {
    return std::make_shared<arrow::TableBatchReader>(Table(1000));
  }));
  for (const char* name : {"count_a", "count_b"}) {
    defs.Add(Asset(name).Reads("stream").Compute(
        [](const RecordBatchReaderPtr& reader) -> Result<int64_t> {
          int64_t rows = 0;
          std::shared_ptr<arrow::RecordBatch> batch;
          while (reader->ReadNext(&batch).ok() && batch) rows += batch->num_rows();
          return rows;
        }));
  }
  const RunResult result = Materialize(defs).value();
  ASSERT_THAT(result.ToStatus(), IsOk());
  EXPECT_THAT(result.Output<int64_t>("count_a"), IsOkAndHolds(1000));
  EXPECT_THAT(result.Output<int64_t>("count_b"), IsOkAndHolds(1000));
  EXPECT_EQ(result.Output<TablePtr>("stream").value()->num_rows(), 1000);
}

TEST(MaterializeTest, TablesAreHandedOverAndReleasedAfterTheLastReader) {
  std::weak_ptr<arrow::Table> alive;
  bool was_alive_at_end = true;
  Definitions defs;
  defs.Add(Asset("table").Compute([&] {
    auto table = Table(100);
    alive = table;
    return table;
  }));
  defs.Add(Asset("rows").Reads("table").Compute(
      [](TablePtr table) { return table->num_rows(); }));
  defs.Add(Asset("end").Reads("rows").Compute([&](int64_t rows) {
    was_alive_at_end = !alive.expired();
    return rows;
  }));
  const RunResult result = Materialize(defs, {.keep_bytes = 0}).value();
  ASSERT_THAT(result.ToStatus(), IsOk());
  EXPECT_TRUE(result.Find(Key("rows"))->inputs.at(0).handed_over);
  EXPECT_FALSE(was_alive_at_end);
  EXPECT_EQ(result.Output<TablePtr>("table").value()->num_rows(), 100);
}

TEST(MaterializeTest, ALargeOutputThatAnotherRunReplacedIsAConflict) {
  const auto instance = Instance::Ephemeral().value();
  Definitions defs;
  defs.Add(Asset("table").Compute([] { return Table(100); }));
  const RunResult first =
      Materialize(defs, {.instance = instance, .keep_bytes = 0}).value();
  EXPECT_EQ(first.Output<TablePtr>("table").value()->num_rows(), 100);
  ASSERT_TRUE(Materialize(defs, {.instance = instance}).value().success());
  EXPECT_THAT(first.Output<TablePtr>("table"),
              FailsWith(ErrorCode::kConflict, HasSubstr("replaced")));
}

struct Handle {
  int fd = 7;
};

TEST(MaterializeTest, ObjectsWithoutACodecFlowThroughMemoryOnly) {
  Definitions defs;
  defs.Add(Asset("handle").IOManagerKey("memory").Compute([] { return Handle{9}; }));
  defs.Add(Asset("fd").Reads("handle").Compute(
      [](const Handle& handle) { return handle.fd; }));
  defs.Bind("memory", MemoryIOManagerFactory());
  EXPECT_THAT(Materialize(defs).value().Output<int>("fd"), IsOkAndHolds(9));
  Definitions without;
  without.Add(Asset("handle").Compute([] { return Handle{9}; }));
  EXPECT_THAT(Materialize(without).value().ToStatus(),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("asset 'handle': no codec")));
}

TEST(MaterializeTest, AMemoryValueOfARunThatIsOverIsSaidToBe) {
  const auto instance = Instance::Ephemeral().value();
  Definitions defs;
  defs.Add(Asset("x").Compute([] { return 1; }));
  defs.Bind("io_manager", MemoryIOManagerFactory());
  {
    const RunResult result = Materialize(defs, {.instance = instance}).value();
    EXPECT_THAT(instance->Load<int>("x"), IsOkAndHolds(1));
  }
  EXPECT_THAT(instance->Load<int>("x"),
              FailsWith(ErrorCode::kNotFound,
                        AllOf(HasSubstr("asset 'x'"), HasSubstr("is over"))));
}

// A user's manager: upper case on its way in, and it counts.
class ShoutingIOManager final : public IOManager {
 public:
  Status HandleOutput(OutputContext& context, const Value& value) override {
    ENTREPOT_ASSIGN_OR_RETURN(std::string text, FromValue<std::string>(value));
    for (char& c : text) c = static_cast<char>(std::toupper(c));
    const std::lock_guard lock(mutex_);
    values_[context.asset_key()->ToUserString()] = text;
    return context.AddOutputMetadata({{"length", static_cast<int>(text.size())}});
  }
  Result<Value> LoadInput(const InputContext& context) override {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(context.asset_key()->ToUserString());
    if (found == values_.end()) return NotFound("never shouted");
    const auto* length =
        FindMetadata(context.upstream_output().output_metadata(), "length");
    context.log().Info("{} characters", length == nullptr ? -1 : length->int_value());
    return ToValue(found->second);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> values_;
};

TEST(MaterializeTest, AUserWrittenManagerStoresAndLoads) {
  const auto instance = Instance::Ephemeral().value();
  Definitions defs;
  defs.Add(
      Asset("word").IOManagerKey("shout").Compute([] { return std::string("hello"); }));
  defs.Add(Asset("copy").Reads("word").Compute([](std::string word) { return word; }));
  defs.Bind("shout", std::shared_ptr<IOManager>(std::make_shared<ShoutingIOManager>()));
  const RunResult result = Materialize(defs, {.instance = instance}).value();
  ASSERT_THAT(result.ToStatus(), IsOk());
  EXPECT_THAT(result.Output<std::string>("copy"), IsOkAndHolds("HELLO"));
  EXPECT_THAT(instance->Load<std::string>("word"), IsOkAndHolds("HELLO"));
  // A later run's consumer sees the stored metadata too.
  ASSERT_TRUE(
      Materialize(defs, {.instance = instance, .select = "copy"}).value().success());
  std::vector<std::string> lines;
  for (const RunRecord& run : instance->log().Runs({}).value()) {
    for (const auto& record : instance->log().Events({.run_id = run.run_id}).value()) {
      if (const auto* logged = std::get_if<Logged>(&record.event.data))
        lines.push_back(logged->message);
    }
  }
  EXPECT_THAT(lines, ElementsAre("5 characters", "5 characters"));
}

TEST(MaterializeTest, ResourcesAreFoundByKeyAndType) {
  Definitions defs;
  defs.Bind("limit", std::make_shared<int>(3));
  defs.Add(Asset("x").Compute([](StepContext& step) -> Result<int> {
    ENTREPOT_ASSIGN_OR_RETURN(const auto limit, step.resource<int>("limit"));
    return *limit;
  }));
  defs.Add(Asset("y").Compute([](StepContext& step) -> Result<int> {
    ENTREPOT_ASSIGN_OR_RETURN(const auto limit, step.resource<int>("limits"));
    return *limit;
  }));
  const RunResult result = Materialize(defs).value();
  EXPECT_THAT(result.Output<int>("x"), IsOkAndHolds(3));
  EXPECT_THAT(result.ToStatus(),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'limit'?")));
}

TEST(DefinitionsTest, EveryFaultIsReportedAtOnce) {
  Definitions defs;
  defs.Add(Asset("a//b").Compute([] { return 1; }));
  defs.Add(Asset("two").Reads("x", "y").Compute([](int x) { return x; }));
  defs.Add(Asset("none"));
  defs.Add(Asset("never").Retry({.max_retries = -1}).Compute([] { return 1; }));
  defs.Add(Asset("told")
               .Reads(Input("two").WithMetadata({{"n", 1}, {"n", 2}}))
               .Compute([](int two) { return two; }));
  defs.Add(Asset("where").IOManagerKey("io_manger").Compute([] { return 1; }));
  EXPECT_THAT(defs.Validate(),
              FailsWith(ErrorCode::kInvalid,
                        AllOf(HasSubstr("empty part"), HasSubstr("reads 2 assets, but"),
                              HasSubstr("'none' has no compute function"),
                              HasSubstr("'never': max_retries must not be negative"),
                              HasSubstr("input 'two': metadata 'n' is given twice"),
                              HasSubstr("did you mean 'io_manager'?"))));
}

TEST(PlanRunTest, ShowsWhatARunWouldDo) {
  EXPECT_EQ(PlanRun(Chain(), {.select = "report, sum"}).value().ToString(),
            "sum ← *raw/numbers\nreport ← sum\n");
}

TEST(MaterializeTest, AFullRunOfAThousandStepsIsWhole) {
  Definitions defs;
  defs.Bind("io_manager", MemoryIOManagerFactory());
  defs.Add(Asset("step_0").Compute([] { return 0; }));
  for (int i = 1; i < 1000; ++i) {
    defs.Add(Asset(fmt::format("step_{}", i))
                 .Reads(fmt::format("step_{}", (i - 1) / 2))
                 .Compute([](int n) { return n + 1; }));
  }
  const RunResult result = Materialize(defs, {.max_workers = 8}).value();
  EXPECT_TRUE(result.success());
  EXPECT_THAT(result.Output<int>("step_999"), IsOkAndHolds(9));
}

}  // namespace
}  // namespace entrepot
