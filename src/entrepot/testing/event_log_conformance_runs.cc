// What a log knows of runs and steps, and how it keeps events.

#include <thread>

#include "entrepot/testing/event_log_conformance_internal.h"

namespace entrepot::testing::event_log_conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

StepRecord OnlyStep(EventLog& log) {
  const auto steps = log.Steps("r").value();
  EXPECT_THAT(steps, SizeIs(1));
  return steps.empty() ? StepRecord{} : steps.front();
}

void RunsAreListedNewestFirst(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r1"));
  Append(*log, Start("r2", kTime - 5), Start("r3"));
  const auto ids = [](const std::vector<RunRecord>& runs) {
    std::vector<std::string> found;
    for (const RunRecord& run : runs) found.push_back(run.run_id);
    return found;
  };
  EXPECT_THAT(ids(log->Runs({}).value()), ElementsAre("r3", "r2", "r1"));
  EXPECT_THAT(ids(log->Runs({.limit = 2}).value()), ElementsAre("r3", "r2"));
  EXPECT_THAT(ids(log->Runs({.run_id = "r1"}).value()), ElementsAre("r1"));
  EXPECT_THAT(log->Runs({.run_id = "r9"}), IsOkAndHolds(IsEmpty()));
}

void RunsGoFromStartToFinish(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r"));
  RunRecord run = log->Runs({}).value().at(0);
  EXPECT_EQ(run.status, RunStatus::kStarted);
  EXPECT_EQ(run.started, kTime);
  EXPECT_EQ(run.finished, 0);
  EXPECT_EQ(run.num_steps, 2);
  EXPECT_EQ(run.host, "host");
  EXPECT_EQ(run.pid, 42);
  EXPECT_EQ(run.process_start, 7);
  for (const RunStatus status :
       {RunStatus::kSuccess, RunStatus::kFailure, RunStatus::kInterrupted}) {
    const std::string error = status == RunStatus::kFailure ? "it broke" : "";
    Append(*log, Finish("r", status, error));
    run = log->Runs({}).value().at(0);
    EXPECT_EQ(run.status, status);
    EXPECT_EQ(run.started, kTime);
    EXPECT_EQ(run.finished, kTime + 9);
    EXPECT_EQ(run.error, error);
  }
}

void RunsThatStartAgainGoOn(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r"), Finish("r", RunStatus::kFailure, "it broke"), Start("other"));
  Append(*log, Start("r", kTime + 20));
  const auto runs = log->Runs({}).value();
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[1].run_id, "r");
  EXPECT_EQ(runs[1].status, RunStatus::kStarted);
  EXPECT_EQ(runs[1].started, kTime);
  EXPECT_EQ(runs[1].finished, 0);
  EXPECT_EQ(runs[1].error, "");
}

void UnfinishedRunsAreListedByThemselves(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r1"), Start("r2"), Start("r3"), Start("r4"));
  Append(*log, Finish("r2", RunStatus::kSuccess), Finish("r3", RunStatus::kInterrupted));
  const auto unfinished = [&](RunQuery query) {
    query.only_unfinished = true;
    std::vector<std::string> ids;
    for (const RunRecord& run : log->Runs(query).value()) ids.push_back(run.run_id);
    return ids;
  };
  EXPECT_THAT(unfinished({}), ElementsAre("r4", "r1"));
  EXPECT_THAT(unfinished({.limit = 1}), ElementsAre("r4"));
  EXPECT_THAT(unfinished({.run_id = "r1"}), ElementsAre("r1"));
  EXPECT_THAT(unfinished({.run_id = "r2"}), IsEmpty());
  Append(*log, Start("r2"), Finish("r1", RunStatus::kFailure));
  EXPECT_THAT(unfinished({}), ElementsAre("r4", "r2"));
}

Event OnBehalfOf(const ProcessIdentity& process, Event event) {
  event.on_behalf_of = process;
  return event;
}

void RunsAreEndedOnBehalfOfTheirProcess(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r"), OfStep("r", "s", StepStarted{}));
  const ProcessIdentity process = log->Runs({}).value().at(0).process();
  Append(*log,
         OnBehalfOf(process,
                    OfStep("r", "s", StepFailed{.status = StepStatus::kInterrupted})),
         OnBehalfOf(process, Finish("r", RunStatus::kInterrupted, "it is gone")));
  EXPECT_EQ(OnlyStep(*log).status, StepStatus::kInterrupted);
  const RunRecord run = log->Runs({}).value().at(0);
  EXPECT_EQ(run.status, RunStatus::kInterrupted);
  EXPECT_EQ(run.error, "it is gone");
  EXPECT_THAT(log->Events({.run_id = "r"}), IsOkAndHolds(SizeIs(4)));
}

void EventsOnBehalfOfAProcessAreDroppedWhereItsRunWentOn(
    const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("done"), Finish("done", RunStatus::kSuccess), Start("again"));
  const ProcessIdentity process = log->Runs({}).value().at(0).process();
  for (const ProcessIdentity& other :
       {ProcessIdentity{"host", 42, 8}, ProcessIdentity{"host", 43, 7},
        ProcessIdentity{"tsoh", 42, 7}}) {
    Append(*log, OnBehalfOf(other, Finish("again", RunStatus::kInterrupted)));
  }
  Append(*log, OnBehalfOf(process, Finish("done", RunStatus::kInterrupted)),
         OfStep("again", "s", StepStarted{}));
  const auto runs = log->Runs({}).value();
  EXPECT_EQ(runs.at(0).status, RunStatus::kStarted);
  EXPECT_EQ(runs.at(1).status, RunStatus::kSuccess);
  EXPECT_THAT(log->Events({.run_id = "done"}), IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT(log->Events({.run_id = "again"}), IsOkAndHolds(SizeIs(2)));
}

void StepsRetryUntilTheySucceed(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r"), OfStep("r", "s", StepStarted{.attempt = 1}));
  StepRecord step = OnlyStep(*log);
  EXPECT_EQ(step.run_id, "r");
  EXPECT_EQ(step.step_key, "s");
  EXPECT_EQ(step.status, StepStatus::kStarted);
  EXPECT_EQ(step.attempts, 1);
  EXPECT_EQ(step.started, kTime);
  EXPECT_EQ(step.finished, 0);

  const StepFailed failed{StepStatus::kRetrying, 1, "unavailable", "once"};
  Append(*log, OfStep("r", "s", failed, kTime + 1));
  step = OnlyStep(*log);
  EXPECT_EQ(step.status, StepStatus::kRetrying);
  EXPECT_EQ(step.finished, 0);
  EXPECT_EQ(step.error, "once");

  Append(*log, OfStep("r", "s", StepStarted{.attempt = 2}, kTime + 2));
  step = OnlyStep(*log);
  EXPECT_EQ(step.status, StepStatus::kStarted);
  EXPECT_EQ(step.attempts, 2);
  EXPECT_EQ(step.started, kTime);
  EXPECT_EQ(step.error, "");

  Event stored = Stored("s");
  stored.run_id = "r";
  stored.step_key = "s";
  stored.time = kTime + 3;
  Append(*log, std::move(stored));
  step = OnlyStep(*log);
  EXPECT_EQ(step.status, StepStatus::kSuccess);
  EXPECT_EQ(step.attempts, 2);
  EXPECT_EQ(step.started, kTime);
  EXPECT_EQ(step.finished, kTime + 3);
}

void StepsFailAndAreSkippedAndInterrupted(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r"), OfStep("r", "z", StepStarted{}),
         OfStep("r", "m", StepStarted{}),
         OfStep("r", "m", StepFailed{StepStatus::kInterrupted, 1, "", ""}, kTime + 1),
         OfStep("r", "z", StepFailed{StepStatus::kFailure, 1, "corrupt", "it broke"},
                kTime + 2),
         OfStep("r", "a", StepSkipped{.reason = "'z' failed"}, kTime + 3));
  const auto steps = log->Steps("r").value();
  ASSERT_THAT(steps, SizeIs(3));
  EXPECT_EQ(steps[0].step_key, "z") << "steps come in the order in which they began";
  EXPECT_EQ(steps[0].status, StepStatus::kFailure);
  EXPECT_EQ(steps[0].error, "it broke");
  EXPECT_EQ(steps[0].finished, kTime + 2);
  EXPECT_EQ(steps[1].status, StepStatus::kInterrupted);
  EXPECT_EQ(steps[1].finished, kTime + 1);
  EXPECT_EQ(steps[2].status, StepStatus::kSkipped);
  EXPECT_EQ(steps[2].attempts, 0);
  EXPECT_EQ(steps[2].started, 0);
  EXPECT_EQ(steps[2].finished, kTime + 3);
  EXPECT_EQ(steps[2].error, "'z' failed");
}

void StepsOfRunsAreKeptApart(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r"), Start("q"), OfStep("r", "s", StepStarted{}),
         OfStep("q", "s", StepFailed{}),
         OfStep("q", "t", Logged{.message = "no step yet"}));
  EXPECT_EQ(OnlyStep(*log).status, StepStatus::kStarted);
  const auto others = log->Steps("q").value();
  ASSERT_THAT(others, SizeIs(1));
  EXPECT_EQ(others[0].status, StepStatus::kFailure);
}

void EventsComeBackWholeAndInOrder(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  const EventIdRef source = MakeEventIdRef();
  Append(*log, Stored("a", "p", source), Start("r"),
         OfStep("r", "s", StepStarted{.attempt = 3}),
         OfStep("r", "s", StepFailed{StepStatus::kRetrying, 3, "not found", "gone"},
                kTime + 1),
         OfStep("r", "t", StepSkipped{.reason = "so"}), Full(source),
         OfStep("r", "", Logged{LogLevel::kWarning, "careful"}),
         Finish("r", RunStatus::kFailure, "it broke"));
  const auto events = log->Events({.run_id = "r"}).value();
  ASSERT_THAT(events, SizeIs(7));
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].event.run_id, "r");
    EXPECT_GT(events[i].id, i == 0 ? 0 : events[i - 1].id);
  }
  const auto& started = std::get<RunStarted>(events[0].event.data);
  EXPECT_EQ(started.host, "host");
  EXPECT_EQ(started.pid, 42);
  EXPECT_EQ(started.process_start, 7);
  EXPECT_EQ(started.num_steps, 2);
  EXPECT_EQ(events[1].event.step_key, "s");
  EXPECT_EQ(std::get<StepStarted>(events[1].event.data).attempt, 3);
  const auto& failed = std::get<StepFailed>(events[2].event.data);
  EXPECT_EQ(failed.status, StepStatus::kRetrying);
  EXPECT_EQ(failed.attempt, 3);
  EXPECT_EQ(failed.code, "not found");
  EXPECT_EQ(failed.error, "gone");
  EXPECT_EQ(events[2].event.time, kTime + 1);
  EXPECT_EQ(std::get<StepSkipped>(events[3].event.data).reason, "so");
  const auto& materialized = std::get<Materialized>(events[4].event.data);
  EXPECT_EQ(materialized.attempt, 2);
  EXPECT_EQ(*materialized.id, events[4].id);
  EXPECT_EQ(materialized.metadata, std::get<Materialized>(Full(nullptr).data).metadata);
  ASSERT_THAT(materialized.inputs, SizeIs(2));
  EXPECT_EQ(*materialized.inputs[0].source, *source);
  EXPECT_EQ(materialized.inputs[1].source, nullptr);
  EXPECT_EQ(std::get<Logged>(events[5].event.data).level, LogLevel::kWarning);
  EXPECT_EQ(std::get<Logged>(events[5].event.data).message, "careful");
  EXPECT_EQ(std::get<RunFinished>(events[6].event.data).error, "it broke");
}

void WhatIsSaidOfAssetsAndFailuresComesBackWhole(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  const Metadata metadata = std::get<Materialized>(Full(nullptr).data).metadata;
  const std::vector<std::string> parts = {"with/slash", "b\\", "\u00e9"};
  const AssetKey key = AssetKey::Make(parts).value();
  Append(*log, Start("r"),
         OfStep("r", "s",
                Logged{.message = "observed",
                       .key = key,
                       .partition = "2024-01-01",
                       .metadata = metadata}),
         OfStep("r", "s", Logged{.message = "observed", .key = key}),
         OfStep("r", "s", StepFailed{.error = "it broke", .metadata = metadata}));
  const auto events = log->Events({.run_id = "r"}).value();
  ASSERT_THAT(events, SizeIs(4));
  const auto& whole = std::get<Logged>(events[1].event.data);
  EXPECT_EQ(whole.key, key);
  EXPECT_EQ(whole.partition, "2024-01-01");
  EXPECT_EQ(whole.metadata, metadata);
  const auto& bare = std::get<Logged>(events[2].event.data);
  EXPECT_EQ(bare.key, key);
  EXPECT_EQ(bare.partition, std::nullopt);
  EXPECT_THAT(bare.metadata, IsEmpty());
  EXPECT_EQ(std::get<StepFailed>(events[3].event.data).metadata, metadata);
}

void EventsArePagedOldestFirst(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r"), Start("q"));
  for (int i = 0; i < 6; ++i) {
    Append(*log, OfStep("r", i % 2 == 0 ? "even" : "odd", Logged{.message = "x"}),
           OfStep("q", "even", Logged{.message = "x"}));
  }
  const auto all = log->Events({.run_id = "r"}).value();
  ASSERT_THAT(all, SizeIs(7));
  const auto page = log->Events({.run_id = "r", .after = all[2].id, .limit = 2}).value();
  ASSERT_THAT(page, SizeIs(2));
  EXPECT_EQ(page[0].id, all[3].id);
  EXPECT_EQ(page[1].id, all[4].id);
  EXPECT_THAT(log->Events({.run_id = "r", .step_key = "even"}), IsOkAndHolds(SizeIs(3)));
  EXPECT_THAT(log->Events({.run_id = "r", .step_key = "odd", .after = all[2].id}),
              IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT(log->Events({.run_id = "r", .step_key = ""}), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(log->Events({.run_id = "r", .limit = 0}), IsOkAndHolds(IsEmpty()));
}

void EventsOfUnknownRunsAreRefusedWhole(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  const std::vector<Event> refused = {OfStep("r", "s", StepStarted{}),
                                      Finish("r", RunStatus::kSuccess),
                                      OfStep("", "s", StepStarted{}), Start("")};
  for (const Event& event : refused) {
    EXPECT_THAT(log->Append({Stored("a"), event}), FailsWith(ErrorCode::kInvalid));
  }
  Event stored = Stored("a");
  stored.run_id = "r";
  EXPECT_THAT(log->Append({stored}), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(log->Assets(), IsOkAndHolds(IsEmpty()));
  Append(*log, Start("r"), OfStep("r", "s", StepStarted{}));  // Nothing is stuck.
  EXPECT_THAT(log->Steps("r"), IsOkAndHolds(SizeIs(1)));
}

void QueriesSeeWhatWasAppendedBefore(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r"));
  for (int i = 0; i < 100; ++i) {
    Append(*log, OfStep("r", std::to_string(i), StepStarted{}));
    ASSERT_THAT(log->Steps("r"), IsOkAndHolds(SizeIs(i + 1)));
  }
}

void ThreadsKeepTheirOrder(const EventLogUnderTest& subject) {
  constexpr int kThreads = 8;
  constexpr int kEach = 200;
  const Log log = subject.make();
  Append(*log, Start("r"));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&log, t] {
      const std::string step = fmt::format("thread {}", t);
      for (int i = 0; i < kEach; ++i) {
        Append(*log, OfStep("r", step, Logged{.message = std::to_string(i)}));
        if (i % 50 != 0) continue;
        EXPECT_THAT(log->Steps("r"), IsOk());  // Readers may come at any time.
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < kThreads; ++t) {
    const auto events =
        log->Events({.run_id = "r", .step_key = fmt::format("thread {}", t)}).value();
    ASSERT_THAT(events, SizeIs(kEach));
    for (int i = 0; i < kEach; ++i) {
      EXPECT_EQ(std::get<Logged>(events[i].event.data).message, std::to_string(i));
    }
  }
}

void ReopeningKeepsEverything(const EventLogUnderTest& subject) {
  if (!subject.reopen) GTEST_SKIP() << subject.name << " dies with its object (declared)";
  Log log = subject.make();
  const EventIdRef source = MakeEventIdRef();
  Append(*log, Start("r"), OfStep("r", "s", StepStarted{}), Stored("a", "p", source),
         Full(source), Finish("r", RunStatus::kSuccess));
  log = subject.reopen(std::move(log));  // Without a Flush: closing does that.
  EXPECT_EQ(log->Runs({}).value().at(0).status, RunStatus::kSuccess);
  EXPECT_THAT(log->Steps("r"), IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT(log->Events({.run_id = "r"}), IsOkAndHolds(SizeIs(4)));
  EXPECT_EQ(LatestId(*log, "a", "p"), *source);
  ExpectFull(*log->Latest(Key("raw/orders"), "2026").value(), *source);
  EXPECT_THAT(log->Lineage(*source, LineageDirection::kDownstream),
              IsOkAndHolds(SizeIs(1)));

  Append(*log, OfStep("r", "t", StepStarted{}));  // A run that another object started.
  const EventId next = Store(*log, "a", "p");
  EXPECT_GT(next, *source);
  log = subject.reopen(std::move(log));
  EXPECT_EQ(LatestId(*log, "a", "p"), next);
  EXPECT_THAT(log->Steps("r"), IsOkAndHolds(SizeIs(3)));
}

constexpr Behaviour kBehaviours[] = {
    {"RunsAreListedNewestFirst", RunsAreListedNewestFirst},
    {"RunsGoFromStartToFinish", RunsGoFromStartToFinish},
    {"RunsThatStartAgainGoOn", RunsThatStartAgainGoOn},
    {"UnfinishedRunsAreListedByThemselves", UnfinishedRunsAreListedByThemselves},
    {"RunsAreEndedOnBehalfOfTheirProcess", RunsAreEndedOnBehalfOfTheirProcess},
    {"EventsOnBehalfOfAProcessAreDroppedWhereItsRunWentOn",
     EventsOnBehalfOfAProcessAreDroppedWhereItsRunWentOn},
    {"StepsRetryUntilTheySucceed", StepsRetryUntilTheySucceed},
    {"StepsFailAndAreSkippedAndInterrupted", StepsFailAndAreSkippedAndInterrupted},
    {"StepsOfRunsAreKeptApart", StepsOfRunsAreKeptApart},
    {"EventsComeBackWholeAndInOrder", EventsComeBackWholeAndInOrder},
    {"WhatIsSaidOfAssetsAndFailuresComesBackWhole",
     WhatIsSaidOfAssetsAndFailuresComesBackWhole},
    {"EventsArePagedOldestFirst", EventsArePagedOldestFirst},
    {"EventsOfUnknownRunsAreRefusedWhole", EventsOfUnknownRunsAreRefusedWhole},
    {"QueriesSeeWhatWasAppendedBefore", QueriesSeeWhatWasAppendedBefore},
    {"ThreadsKeepTheirOrder", ThreadsKeepTheirOrder},
    {"ReopeningKeepsEverything", ReopeningKeepsEverything},
};

}  // namespace

std::span<const Behaviour> RunBehaviours() { return kBehaviours; }

}  // namespace entrepot::testing::event_log_conformance
