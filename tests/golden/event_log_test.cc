// Event logs written by past versions stay readable and writable.

#include "entrepot/events/event_log.h"

#include <filesystem>

#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"
#include "event_log_content.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::SizeIs;

class GoldenEventLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // A copy, because opening a log writes files beside it.
    const std::string copy = folder_.path() + "/log.db";
    std::filesystem::copy_file(ENTREPOT_GOLDEN_DIR "/event_log_v1.db", copy);
    log_ = OpenSqliteEventLog(copy).value();
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<EventLog> log_;
};

/// Fills a memory log with the same events: it answers what the file has to.
std::unique_ptr<EventLog> Expected() {
  auto log = MakeMemoryEventLog();
  EXPECT_THAT(log->Append(golden::EventsOfVersion1()), IsOk());
  return log;
}

void ExpectSame(const Materialization& found, const Materialization& expected) {
  EXPECT_EQ(found.id, expected.id);
  EXPECT_EQ(found.time, expected.time);
  EXPECT_EQ(found.run_id, expected.run_id);
  EXPECT_EQ(found.step_key, expected.step_key);
  EXPECT_EQ(found.key, expected.key);
  EXPECT_EQ(found.partition, expected.partition);
  EXPECT_EQ(found.receipts, expected.receipts);
  EXPECT_EQ(found.metadata, expected.metadata);
  EXPECT_EQ(found.code_version, expected.code_version);
  EXPECT_EQ(found.io_manager, expected.io_manager);
  EXPECT_EQ(found.compute_seconds, expected.compute_seconds);
  EXPECT_EQ(found.store, expected.store);
  ASSERT_EQ(found.inputs.size(), expected.inputs.size());
  for (size_t i = 0; i < found.inputs.size(); ++i) {
    EXPECT_EQ(found.inputs[i].name, expected.inputs[i].name);
    EXPECT_EQ(found.inputs[i].key, expected.inputs[i].key);
    EXPECT_EQ(found.inputs[i].partition, expected.inputs[i].partition);
    EXPECT_EQ(found.inputs[i].source, expected.inputs[i].source);
    EXPECT_EQ(found.inputs[i].handed_over, expected.inputs[i].handed_over);
    EXPECT_EQ(found.inputs[i].load, expected.inputs[i].load);
  }
}

TEST_F(GoldenEventLogTest, Version1HasItsMaterializations) {
  const auto found = log_->Materializations({}).value();
  const auto expected = Expected()->Materializations({}).value();
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) ExpectSame(found[i], expected[i]);
  EXPECT_EQ(found[0].id, 11);
  EXPECT_EQ(found[1].id, 5);
  EXPECT_THAT(log_->Lineage(5, LineageDirection::kDownstream), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(log_->Assets(), IsOkAndHolds(SizeIs(2)));
}

TEST_F(GoldenEventLogTest, Version1HasItsRunsAndSteps) {
  const auto runs = log_->Runs({}).value();
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].run_id, "run-2");
  EXPECT_EQ(runs[0].status, RunStatus::kStarted);
  EXPECT_EQ(runs[0].pid, 33);
  EXPECT_EQ(runs[1].status, RunStatus::kFailure);
  EXPECT_EQ(runs[1].error, "step 'broken' failed");
  const auto steps = log_->Steps("run-1").value();
  ASSERT_THAT(steps, SizeIs(3));
  EXPECT_EQ(steps[0].status, StepStatus::kSuccess);
  EXPECT_EQ(steps[0].attempts, 2);
  EXPECT_EQ(steps[1].status, StepStatus::kFailure);
  EXPECT_EQ(steps[1].error, "division by zero");
  EXPECT_EQ(steps[2].status, StepStatus::kSkipped);
}

TEST_F(GoldenEventLogTest, Version1HasItsEvents) {
  const auto events = log_->Events({.run_id = "run-1"}).value();
  std::vector<std::string_view> types;
  for (const EventRecord& record : events)
    types.push_back(EventTypeName(record.event.data));
  EXPECT_THAT(types,
              ElementsAre("run_started", "step_started", "step_failed", "step_started",
                          "materialized", "step_started", "step_failed", "step_skipped",
                          "logged", "run_finished"));
  EXPECT_THAT(log_->Events({.run_id = ""}), IsOkAndHolds(SizeIs(2)));
}

TEST_F(GoldenEventLogTest, Version1CanBeWrittenTo) {
  const EventIdRef id = MakeEventIdRef();
  const AssetKey key = AssetKey::Parse("raw/orders").value();
  Event event = golden::EventsOfVersion1()[4];
  event.run_id = "run-2";
  auto& data = std::get<Materialized>(event.data);
  data.partition = std::nullopt;
  data.id = id;
  ASSERT_THAT(log_->Append({event}), IsOk());
  ASSERT_THAT(log_->Flush(), IsOk());
  EXPECT_EQ(*id, 14);
  EXPECT_EQ(log_->Latest(key, {}).value()->id, 14);
  EXPECT_EQ(log_->Latest(key, "2026-02-01").value()->id, 5);
}

}  // namespace
}  // namespace entrepot
