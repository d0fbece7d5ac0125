#include "entrepot/events/event.h"

#include "entrepot/events/event_payload_internal.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using testing::IsOkAndHolds;

std::string ThereAndBack(const EventData& data) {
  const auto back = EventDataFromJson(EventTypeName(data), EventDataToJson(data));
  return EventDataToJson(back.value());
}

TEST(EventTest, NamesAreThoseOfTheFormat) {
  EXPECT_EQ(EventTypeName(RunStarted{}), "run_started");
  EXPECT_EQ(EventTypeName(Logged{}), "logged");
  EXPECT_EQ(ToString(RunStatus::kInterrupted), "interrupted");
  EXPECT_EQ(ToString(StepStatus::kRetrying), "retrying");
  EXPECT_EQ(ToString(LogLevel::kWarning), "warning");
}

TEST(EventPayloadTest, DataComesBackFromJson) {
  for (const EventData& data : std::initializer_list<EventData>{
           RunStarted{.host = "h\"ö", .pid = 7, .process_start = 8, .num_steps = 9},
           RunFinished{.status = RunStatus::kFailure, .error = "line\nline"},
           StepStarted{.attempt = 3},
           StepFailed{
               .status = StepStatus::kRetrying, .attempt = 2, .code = "c", .error = "e"},
           StepSkipped{.reason = std::string("a\0b", 3)},
           StepFailed{.error = "e", .metadata = {{"n", 1}, {"path", "x"}}},
           Logged{.level = LogLevel::kError, .message = "m"},
           Logged{.message = "seen",
                  .key = AssetKey::Parse("a/b").value(),
                  .partition = "p",
                  .metadata = {{"rows", 3}}}}) {
    EXPECT_EQ(ThereAndBack(data), EventDataToJson(data));
    EXPECT_NE(EventDataToJson(data), "{}");
  }
}

TEST(EventPayloadTest, WhatMostEventsDoNotHaveIsNotWritten) {
  EXPECT_EQ(EventDataToJson(Logged{.message = "m"}), R"({"level":"info","message":"m"})");
  EXPECT_EQ(EventDataToJson(StepFailed{.code = "c", .error = "e"}),
            R"({"status":"failure","attempt":1,"code":"c","error":"e"})");
}

TEST(EventPayloadTest, RefusesOtherText) {
  EXPECT_THAT(EventDataFromJson("teleported", "{}"), FailsWith(ErrorCode::kCorrupt));
  EXPECT_THAT(EventDataFromJson("step_started", "{}"), FailsWith(ErrorCode::kCorrupt));
  EXPECT_THAT(EventDataFromJson("step_started", "nonsense"),
              FailsWith(ErrorCode::kCorrupt));
  EXPECT_THAT(EventDataFromJson("run_finished", R"({"status":"odd","error":""})"),
              FailsWith(ErrorCode::kCorrupt));
}

TEST(EventPayloadTest, ReceiptsComeBackFromJson) {
  Receipt one;
  one.path = "a.json";
  one.schema = "x,\ny";
  Receipt two;
  two.format = "npy";
  for (const std::vector<Receipt>& receipts :
       {std::vector<Receipt>{}, {one}, {one, two}, {two, one, two}}) {
    EXPECT_THAT(ReceiptsFromJson(ReceiptsToJson(receipts)), IsOkAndHolds(receipts));
  }
  EXPECT_EQ(ReceiptsToJson({}), "[]");
  EXPECT_THAT(ReceiptsFromJson(""), FailsWith(ErrorCode::kCorrupt));
  EXPECT_THAT(ReceiptsFromJson("[{]"), FailsWith(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace entrepot
