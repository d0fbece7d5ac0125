// What a log knows of values: latest, history, partitions, lineage.

#include "entrepot/testing/event_log_conformance_internal.h"

namespace entrepot::testing::event_log_conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void NewLogHasNothing(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  EXPECT_THAT(log->Append({}), IsOk());
  EXPECT_THAT(log->Flush(), IsOk());
  EXPECT_THAT(log->Runs({}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log->Steps("r"), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log->Events({.run_id = "r"}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log->Events({.run_id = ""}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log->Materializations({}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(Find(*log, {.key = Key("a")}), IsEmpty());
  EXPECT_THAT(Find(*log, {.run_id = "r"}), IsEmpty());
  EXPECT_EQ(LatestId(*log, "a"), 0);
  EXPECT_THAT(log->Lineage(1, LineageDirection::kUpstream), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log->Lineage(1, LineageDirection::kDownstream), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log->Assets(), IsOkAndHolds(IsEmpty()));
}

void IdsGrowInTheOrderOfAppending(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  std::vector<EventIdRef> refs;
  for (int group = 0; group < 5; ++group) {
    std::vector<Event> events;
    for (int i = 0; i < 10; ++i) {
      events.push_back(Stored("a", {}, refs.emplace_back(MakeEventIdRef())));
    }
    ASSERT_THAT(log->Append(std::move(events)), IsOk());
  }
  ASSERT_THAT(log->Flush(), IsOk());
  EventId last = 0;
  for (const EventIdRef& ref : refs) {
    EXPECT_GT(*ref, last);
    last = *ref;
  }
}

void LatestIsTheHighestIdNotTheLatestTime(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Event old = Stored("a");
  const EventIdRef newer = MakeEventIdRef();
  Event with_wrong_clock = Stored("a", {}, newer);
  with_wrong_clock.time = kTime - 1'000'000;
  Append(*log, std::move(old), std::move(with_wrong_clock));
  const auto latest = log->Latest(Key("a"), {}).value();
  ASSERT_TRUE(latest);
  EXPECT_EQ(latest->id, *newer);
  EXPECT_EQ(latest->time, kTime - 1'000'000);
}

void PartitionsAreKeptApart(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  const EventId whole = Store(*log, "a");
  const EventId empty = Store(*log, "a", "");
  const EventId monday = Store(*log, "a", "monday");
  const EventId tuesday = Store(*log, "a", "tuesday");
  const EventId other = Store(*log, "b", "monday");
  EXPECT_EQ(LatestId(*log, "a"), whole);
  EXPECT_EQ(LatestId(*log, "a", ""), empty);
  EXPECT_EQ(LatestId(*log, "a", "monday"), monday);
  EXPECT_EQ(LatestId(*log, "a", "tuesday"), tuesday);
  EXPECT_EQ(LatestId(*log, "a", "sunday"), 0);
  EXPECT_EQ(LatestId(*log, "b", "monday"), other);
  EXPECT_EQ(LatestId(*log, "b"), 0);
  const auto of = [&](const Partition& partition) {
    return Find(*log, {.key = Key("a"), .partition = partition});
  };
  EXPECT_THAT(of({}), ElementsAre(tuesday, monday, empty, whole));
  EXPECT_THAT(of("monday"), ElementsAre(monday));
  EXPECT_THAT(of(""), ElementsAre(empty));
  EXPECT_THAT(log->Latest(Key("a"), "").value()->partition,
              ::testing::Optional(std::string()));
  EXPECT_EQ(log->Latest(Key("a"), {}).value()->partition, std::nullopt);
}

void AssetsAreListedByKeyAndPartition(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Store(*log, "b");
  Store(*log, "a!b", "q");
  Store(*log, "a/b", "p");
  Store(*log, "a/b");
  Store(*log, "a/b", "p");
  const auto assets = log->Assets().value();
  std::vector<std::string> names;
  for (const AssetRecord& asset : assets) {
    names.push_back(asset.key.ToUserString() + ":" + asset.partition.value_or("-"));
    EXPECT_EQ(asset.latest, log->Latest(asset.key, asset.partition).value()->id);
  }
  EXPECT_THAT(names, ElementsAre("a/b:-", "a/b:p", "a!b:q", "b:-"));
}

void HistoryIsPaged(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Append(*log, Start("r"));
  std::vector<EventId> ids;
  for (int i = 0; i < 7; ++i) {
    const EventIdRef id = MakeEventIdRef();
    Event event = Stored(i % 2 == 0 ? "a" : "b", "p", id);
    if (i >= 3) event.run_id = "r";
    Append(*log, std::move(event));
    ASSERT_THAT(log->Flush(), IsOk());
    ids.push_back(*id);
  }
  const auto [i0, i1, i2, i3, i4, i5, i6] =
      std::tie(ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6]);
  const auto a = Key("a");
  EXPECT_THAT(Find(*log, {.key = a, .limit = 2}), ElementsAre(i6, i4));
  EXPECT_THAT(Find(*log, {.key = a, .before = i4}), ElementsAre(i2, i0));
  EXPECT_THAT(Find(*log, {.key = a, .partition = "p", .before = i6, .limit = 1}),
              ElementsAre(i4));
  EXPECT_THAT(Find(*log, {.run_id = "r", .limit = 3}), ElementsAre(i6, i5, i4));
  EXPECT_THAT(Find(*log, {.run_id = "r", .before = i4}), ElementsAre(i3));
  EXPECT_THAT(Find(*log, {.run_id = ""}), ElementsAre(i2, i1, i0));
  EXPECT_THAT(Find(*log, {.key = a, .run_id = "r"}), ElementsAre(i6, i4));
  EXPECT_THAT(Find(*log, {.key = a, .run_id = ""}), ElementsAre(i2, i0));
  EXPECT_THAT(Find(*log, {.key = a, .partition = "p", .run_id = "r"}),
              ElementsAre(i6, i4));
  EXPECT_THAT(Find(*log, {.key = a, .partition = "p", .run_id = ""}),
              ElementsAre(i2, i0));
  EXPECT_THAT(Find(*log, {.limit = 2}), ElementsAre(i6, i5));
  EXPECT_THAT(Find(*log, {.key = a, .after = i0, .before = i6}), ElementsAre(i4, i2));
  EXPECT_THAT(Find(*log, {.key = a, .oldest_first = true, .limit = 2}),
              ElementsAre(i0, i2));
  EXPECT_THAT(Find(*log, {.key = a, .after = i2, .oldest_first = true}),
              ElementsAre(i4, i6));
  EXPECT_THAT(Find(*log, {.key = a, .run_id = "r", .oldest_first = true}),
              ElementsAre(i4, i6));
  EXPECT_THAT(Find(*log, {.key = a, .run_id = "", .oldest_first = true}),
              ElementsAre(i0, i2));
  EXPECT_THAT(
      Find(*log,
           {.key = a, .partition = "p", .after = i0, .before = i6, .oldest_first = true}),
      ElementsAre(i2, i4));
  EXPECT_THAT(
      Find(*log, {.key = a, .partition = "p", .run_id = "r", .oldest_first = true}),
      ElementsAre(i4, i6));
  EXPECT_THAT(Find(*log, {.run_id = "r", .before = i6, .oldest_first = true}),
              ElementsAre(i3, i4, i5));
  EXPECT_THAT(Find(*log, {.after = i4, .oldest_first = true}), ElementsAre(i5, i6));
  EXPECT_THAT(Find(*log, {.key = a, .limit = 0}), IsEmpty());
}

void PartitionsWithoutAnAssetAreRefused(const EventLogUnderTest& subject) {
  EXPECT_THAT(subject.make()->Materializations({.partition = "p"}),
              FailsWith(ErrorCode::kInvalid));
}

void LineageGoesBothWaysWithinOneAppend(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  const EventIdRef a = MakeEventIdRef(), b = MakeEventIdRef(), c = MakeEventIdRef();
  Append(*log, Stored("a", {}, a), Stored("b", {}, b, {Reads("a", a)}),
         Stored("c", {}, c, {Reads("b", b), Reads("a", a), Reads("b", b)}));
  using enum LineageDirection;
  ASSERT_THAT(log->Flush(), IsOk());
  EXPECT_THAT(Ids(log->Lineage(*c, kUpstream).value()),
              ElementsAre(b->load(), a->load()));
  EXPECT_THAT(Ids(log->Lineage(*a, kUpstream).value()), IsEmpty());
  EXPECT_THAT(Ids(log->Lineage(*a, kDownstream).value()),
              ElementsAre(b->load(), c->load()));
  EXPECT_THAT(Ids(log->Lineage(*b, kDownstream).value()), ElementsAre(c->load()));
}

void LineageGoesBothWaysAcrossAppends(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  const EventIdRef a = MakeEventIdRef();
  Append(*log, Stored("a", {}, a));
  const EventId queued = Store(*log, "b", {}, {Reads("a", a)});
  const EventId newer_a = Store(*log, "a");
  const EventId by_id = Store(*log, "c", {}, {Reads("a", MakeEventIdRef(*a))});
  EXPECT_THAT(Ids(log->Lineage(*a, LineageDirection::kDownstream).value()),
              ElementsAre(queued, by_id));
  EXPECT_THAT(log->Lineage(newer_a, LineageDirection::kDownstream),
              IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(Ids(log->Lineage(by_id, LineageDirection::kUpstream).value()),
              ElementsAre(a->load()));
}

void UnknownSourcesAreNoLineage(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  const EventIdRef never = MakeEventIdRef();
  const EventId id = Store(
      *log, "b", {},
      {Reads("a", never), Reads("x", nullptr), Reads("y", MakeEventIdRef(1'000'000))});
  never->store(id);
  EXPECT_THAT(log->Lineage(id, LineageDirection::kUpstream), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log->Latest(Key("b"), {}).value()->inputs, SizeIs(3));
}

void MaterializationsComeBackWhole(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  const EventIdRef source = MakeEventIdRef();
  Append(*log, Start("r"), Stored("a", "p", source), Full(source));
  const auto found = log->Latest(Key("raw/orders"), "2026").value();
  ASSERT_TRUE(found);
  ExpectFull(*found, *source);
  ExpectFull(log->Materializations({.run_id = "r"}).value().at(0), *source);
  ExpectFull(log->Lineage(*source, LineageDirection::kDownstream).value().at(0), *source);
}

void ValuesWithoutARunAreLogged(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  Event stored = Stored("a");
  stored.step_key = "a";
  Append(*log, std::move(stored), OfStep("", "a", Logged{.message = "by hand"}));
  const auto found = log->Latest(Key("a"), {}).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->run_id, "");
  EXPECT_EQ(found->step_key, "a");
  EXPECT_THAT(log->Runs({}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log->Steps(""), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log->Events({.run_id = ""}), IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT(log->Events({.run_id = "", .step_key = "a"}), IsOkAndHolds(SizeIs(2)));
}

void AnyTextIsKept(const EventLogUnderTest& subject) {
  const Log log = subject.make();
  const std::vector<std::string> texts = {std::string("a\0b", 3),
                                          std::string("a\0c", 3),
                                          "a",
                                          "\u00e9\U0001f600",
                                          "with/slash",
                                          "a\\b",
                                          "'; --",
                                          "\xff\xfe",
                                          " "};
  for (const std::string& text : texts) {
    const AssetKey key = AssetKey::Make({text, "x"}).value();
    Event event = Stored("a");
    auto& data = std::get<Materialized>(event.data);
    data.key = key;
    data.partition = text;
    data.code_version = text;
    data.io_manager = {text, "", text};
    data.inputs = {{.name = text, .key = key, .partition = text}};
    event.run_id = "run " + text;
    event.step_key = text;
    Append(*log, Start("run " + text), std::move(event),
           Finish("run " + text, RunStatus::kFailure, text));
  }
  for (const std::string& text : texts) {
    const AssetKey key = AssetKey::Make({text, "x"}).value();
    const auto found = log->Latest(key, text).value();
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->key, key);
    EXPECT_EQ(found->partition, text);
    EXPECT_EQ(found->run_id, "run " + text);
    EXPECT_EQ(found->step_key, text);
    EXPECT_EQ(found->code_version, text);
    EXPECT_EQ(found->io_manager, (IOManagerRecord{text, "", text}));
    ASSERT_THAT(found->inputs, SizeIs(1));
    EXPECT_EQ(found->inputs[0].name, text);
    EXPECT_EQ(found->inputs[0].key, key);
    EXPECT_EQ(found->inputs[0].partition, text);
    EXPECT_EQ(log->Steps("run " + text).value().at(0).step_key, text);
    EXPECT_EQ(log->Runs({.run_id = "run " + text}).value().at(0).error, text);
  }
  EXPECT_THAT(log->Assets(), IsOkAndHolds(SizeIs(texts.size())));
}

constexpr Behaviour kBehaviours[] = {
    {"NewLogHasNothing", NewLogHasNothing},
    {"IdsGrowInTheOrderOfAppending", IdsGrowInTheOrderOfAppending},
    {"LatestIsTheHighestIdNotTheLatestTime", LatestIsTheHighestIdNotTheLatestTime},
    {"PartitionsAreKeptApart", PartitionsAreKeptApart},
    {"AssetsAreListedByKeyAndPartition", AssetsAreListedByKeyAndPartition},
    {"HistoryIsPaged", HistoryIsPaged},
    {"PartitionsWithoutAnAssetAreRefused", PartitionsWithoutAnAssetAreRefused},
    {"LineageGoesBothWaysWithinOneAppend", LineageGoesBothWaysWithinOneAppend},
    {"LineageGoesBothWaysAcrossAppends", LineageGoesBothWaysAcrossAppends},
    {"UnknownSourcesAreNoLineage", UnknownSourcesAreNoLineage},
    {"MaterializationsComeBackWhole", MaterializationsComeBackWhole},
    {"ValuesWithoutARunAreLogged", ValuesWithoutARunAreLogged},
    {"AnyTextIsKept", AnyTextIsKept},
};

}  // namespace

std::span<const Behaviour> ValueBehaviours() { return kBehaviours; }

}  // namespace entrepot::testing::event_log_conformance
