#include "log_workload.h"

#include "entrepot/sql/sqlite_database.h"
#include "entrepot/testing/matchers.h"

namespace entrepot::testing {
namespace {

using ::testing::SizeIs;

constexpr int kSecondPart = 4;  // The group before which the log is closed and opened.

AssetKey Asset() { return AssetKey::Parse("a").value(); }
std::string RunId(int group) { return fmt::format("run {}", group); }

/// Writes what is in the WAL into the database, past the log.
void Checkpoint(const std::string& path) {
  auto database = SqliteDatabase::Open(path);
  if (database) (void)database->Execute("PRAGMA wal_checkpoint(PASSIVE)");
}

/// A log in use, which may fail at any time.
class Workload {
 public:
  Workload(std::string path, Durability durability, int first_group,
           const std::function<void(int)>& is_durable)
      : path_(std::move(path)),
        durability_(durability),
        first_group_(first_group),
        is_durable_(is_durable),
        history_(first_group) {
    result_.num_appended = result_.num_durable = first_group * LogHistory::kGroupSize;
  }

  WorkloadResult Run() {
    if (!Open()) return result_;
    for (int group = first_group_; group < LogHistory::kGroups; ++group) {
      if (group == kSecondPart && !Reopen()) break;
      if (!Append(history_.Group(group))) break;
      if (group == 1) Checkpoint(path_);
      Ask(group);
    }
    return result_;
  }

 private:
  bool Open() {
    auto opened = OpenLog(path_, durability_);
    if (opened) {
      log_ = *std::move(opened);
    } else {
      result_.errors.push_back(opened.error());
    }
    return log_ != nullptr;
  }

  bool Reopen() {
    log_.reset();
    return Open();
  }

  bool Append(std::vector<Event> events) {
    const auto num_events = static_cast<int>(events.size());
    // It may ask whether the run is known, and then nothing was appended yet.
    const Status appended = log_->Append(std::move(events));
    if (!appended) {
      result_.errors.push_back(appended.error());
      return false;
    }
    result_.num_appended += num_events;
    const Status flushed = log_->Flush();
    if (!flushed) {
      result_.errors.push_back(flushed.error());
      ExpectThatItStays(flushed.error());
      return false;
    }
    result_.num_durable = result_.num_appended;
    is_durable_(result_.num_durable);
    return true;
  }

  void ExpectThatItStays(const Error& error) {
    const Event line{.time = 1, .data = Logged{.message = "too late"}};
    EXPECT_THAT(log_->Append({line}), FailsWith(error.code(), error.ToString()));
    EXPECT_THAT(log_->Flush(), FailsWith(error.code(), error.ToString()));
  }

  void Ask(int group) {
    const auto steps = log_->Steps(RunId(group));
    if (steps) {
      EXPECT_THAT(*steps, SizeIs(1));
    } else {
      result_.errors.push_back(steps.error());
    }
  }

  const std::string path_;
  const Durability durability_;
  const int first_group_;
  const std::function<void(int)>& is_durable_;
  LogHistory history_;
  std::unique_ptr<EventLog> log_;
  WorkloadResult result_;
};

/// A memory log with the first events of a history: it answers what a file has to.
std::unique_ptr<EventLog> Expected(int num_events) {
  LogHistory history;
  auto log = MakeMemoryEventLog();
  for (int left = num_events, group = 0; left > 0; ++group) {
    auto events = history.Group(group);
    events.resize(std::min(events.size(), static_cast<size_t>(left)), Event{});
    left -= static_cast<int>(events.size());
    EXPECT_THAT(log->Append(std::move(events)), IsOk());
  }
  return log;
}

std::vector<EventRecord> EventsOf(EventLog& log, int group) {
  auto events = log.Events({.run_id = RunId(group)});
  EXPECT_THAT(events, IsOk());
  return events ? *std::move(events) : std::vector<EventRecord>();
}

int NumEvents(EventLog& log) {
  size_t num_events = 0;
  for (int group = 0; group < LogHistory::kGroups; ++group) {
    num_events += EventsOf(log, group).size();
  }
  return static_cast<int>(num_events);
}

void ExpectSameEvents(EventLog& log, EventLog& expected, int group) {
  const auto found = EventsOf(log, group);
  const auto wanted = EventsOf(expected, group);
  ASSERT_EQ(found.size(), wanted.size()) << "events of group " << group;
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].id, wanted[i].id);
    EXPECT_EQ(found[i].event.time, wanted[i].event.time);
    EXPECT_EQ(found[i].event.data.index(), wanted[i].event.data.index());
  }
}

void ExpectSameRuns(EventLog& log, EventLog& expected) {
  const auto found = log.Runs({}).value();
  const auto wanted = expected.Runs({}).value();
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].run_id, wanted[i].run_id);
    EXPECT_EQ(found[i].status, wanted[i].status);
    EXPECT_EQ(found[i].finished, wanted[i].finished);
  }
}

void ExpectSameMaterializations(EventLog& log, EventLog& expected) {
  const auto found = log.Materializations({.key = Asset()}).value();
  const auto wanted = expected.Materializations({.key = Asset()}).value();
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].id, wanted[i].id);
    EXPECT_EQ(found[i].receipts, wanted[i].receipts);
    ASSERT_EQ(found[i].inputs.size(), wanted[i].inputs.size());
    for (size_t n = 0; n < found[i].inputs.size(); ++n) {
      EXPECT_EQ(found[i].inputs[n].source, wanted[i].inputs[n].source);
    }
  }
  const auto latest = log.Latest(Asset(), std::nullopt).value();
  EXPECT_EQ(latest ? latest->id : 0, wanted.empty() ? 0 : wanted[0].id);
}

}  // namespace

LogHistory::LogHistory(int first_group) {
  constexpr int kMaterialization = 4;  // The number of that event in a group.
  if (first_group > 0) {
    latest_ = MakeEventIdRef((first_group - 1) * kGroupSize + kMaterialization);
  }
}

std::vector<Event> LogHistory::Group(int group) {
  constexpr int kLarge = 2;
  const std::string run_id = RunId(group);
  UnixMicros time = group * kGroupSize;
  const auto event = [&](std::string step_key, EventData data) {
    return Event{.time = ++time,
                 .run_id = run_id,
                 .step_key = std::move(step_key),
                 .data = std::move(data)};
  };
  Receipt receipt;
  receipt.path = fmt::format("a-{}", group);
  Materialized materialized{.key = Asset(), .id = MakeEventIdRef()};
  materialized.receipts = {receipt};
  if (latest_) {
    materialized.inputs = {{.name = "before", .key = Asset(), .source = latest_}};
  }
  latest_ = materialized.id;
  const std::string text(group == kLarge ? 20'000 : 10, 'x');
  std::vector<Event> events;
  events.push_back(event("", RunStarted{.host = "h", .pid = 1, .num_steps = 1}));
  events.push_back(event("a", StepStarted{}));
  events.push_back(event("a", Logged{.message = text}));
  events.push_back(event("a", std::move(materialized)));
  events.push_back(event("", RunFinished{}));
  return events;
}

WorkloadResult RunLogWorkload(const std::string& path, Durability durability,
                              int first_group,
                              const std::function<void(int)>& is_durable) {
  return Workload(path, durability, first_group, is_durable).Run();
}

int ExpectBeginningOfHistory(EventLog& log, int least, int most) {
  const int num_events = NumEvents(log);
  EXPECT_GE(num_events, least) << "events that a Flush had made durable are lost";
  EXPECT_LE(num_events, most);
  const auto expected = Expected(num_events);
  for (int group = 0; group < LogHistory::kGroups; ++group) {
    ExpectSameEvents(log, *expected, group);
  }
  ExpectSameRuns(log, *expected);
  ExpectSameMaterializations(log, *expected);
  return num_events;
}

void ExpectWhole(const std::string& path) {
  SqliteDatabase database = SqliteDatabase::Open(path).value();
  EXPECT_THAT(database.QueryText("PRAGMA integrity_check"), IsOkAndHolds("ok"));
  EXPECT_THAT(database.QueryText("PRAGMA foreign_key_check"), IsOkAndHolds(""));
}

Result<std::unique_ptr<EventLog>> OpenLog(const std::string& path,
                                          Durability durability) {
  return OpenSqliteEventLog(path, {.durability = durability});
}

}  // namespace entrepot::testing
