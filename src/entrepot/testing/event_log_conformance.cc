#include "entrepot/testing/event_log_conformance.h"

#include "entrepot/testing/event_log_conformance_internal.h"

namespace entrepot::testing {
namespace event_log_conformance {

using ::testing::SizeIs;

AssetKey Key(std::string_view text) { return AssetKey::Parse(text).value(); }

Event Start(const std::string& run_id, UnixMicros time) {
  return {
      .time = time,
      .run_id = run_id,
      .data = RunStarted{.host = "host", .pid = 42, .process_start = 7, .num_steps = 2}};
}

Event Finish(const std::string& run_id, RunStatus status, std::string error) {
  return {.time = kTime + 9,
          .run_id = run_id,
          .data = RunFinished{.status = status, .error = std::move(error)}};
}

Event OfStep(const std::string& run_id, const std::string& step_key, EventData data,
             UnixMicros time) {
  return {.time = time, .run_id = run_id, .step_key = step_key, .data = std::move(data)};
}

Event Stored(std::string_view key, Partition partition, const EventIdRef& id,
             std::vector<InputRead> inputs) {
  return {.time = kTime,
          .data = Materialized{.key = Key(key),
                               .partition = std::move(partition),
                               .id = id,
                               .inputs = std::move(inputs)}};
}

InputRead Reads(std::string_view key, const EventIdRef& source) {
  return {.name = "input", .key = Key(key), .source = source};
}

Event Full(const EventIdRef& source) {
  Metadata metadata = {{"null", {}},
                       {"text", std::string("a\0\"\\\n\u20ac", 8)},
                       {"int", std::int64_t{-9'007'199'254'740'993}},
                       {"float", 0.1},
                       {"whole", 3.0},
                       {"yes", true},
                       {"path", MetadataValue::Path("/a/b")},
                       {"url", MetadataValue::Url("https://example.com/")},
                       {"json", MetadataValue::Json(R"({"a":[1,2]})")},
                       {"md", MetadataValue::Markdown("# Title")},
                       {"", "no name"}};
  const Receipt first{.base = "io_manager",
                      .path = "raw/orders.parquet",
                      .format = "parquet",
                      .codec_version = 1,
                      .kind = "table",
                      .type = "pandas.DataFrame",
                      .size_bytes = 12345,
                      .digest = std::string(32, 'a'),
                      .sha256 = std::string(64, 'b'),
                      .rows = 0,
                      .schema = "id: int64,\nname: string",
                      .version = std::string(32, 'c'),
                      .run_id = "r"};
  Receipt second;
  second.path = "x";
  return {.time = kTime + 5,
          .run_id = "r",
          .step_key = "raw/orders[2026]",
          .data = Materialized{
              .key = Key("raw/orders"),
              .partition = "2026",
              .id = MakeEventIdRef(),
              .receipts = {first, second},
              .metadata = metadata,
              .code_version = "v1",
              .io_manager = {"io_manager", "filesystem", R"({"base_dir":"/data"})"},
              .inputs = {{.name = "one",
                          .key = Key("a"),
                          .partition = "p",
                          .source = source,
                          .handed_over = true,
                          .load = {.seconds = 0.25, .size_bytes = 8, .rows = 2}},
                         {.name = "two", .key = Key("elsewhere/b")}},
              .compute_seconds = 1.5,
              .store = {.seconds = 0.125, .size_bytes = 12345, .rows = std::nullopt},
              .attempt = 2}};
}

void ExpectFull(const Materialization& found, EventId source) {
  const Event event = Full(nullptr);
  const auto& expected = std::get<Materialized>(event.data);
  EXPECT_EQ(found.time, event.time);
  EXPECT_EQ(found.run_id, event.run_id);
  EXPECT_EQ(found.step_key, event.step_key);
  EXPECT_EQ(found.key, expected.key);
  EXPECT_EQ(found.partition, expected.partition);
  EXPECT_EQ(found.receipts, expected.receipts);
  EXPECT_EQ(found.metadata, expected.metadata);
  EXPECT_EQ(found.code_version, expected.code_version);
  EXPECT_EQ(found.io_manager, expected.io_manager);
  EXPECT_EQ(found.compute_seconds, expected.compute_seconds);
  EXPECT_EQ(found.store, expected.store);
  ASSERT_THAT(found.inputs, SizeIs(2));
  EXPECT_EQ(found.inputs[0].source, source);
  EXPECT_EQ(found.inputs[1].source, 0);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(found.inputs[i].name, expected.inputs[i].name);
    EXPECT_EQ(found.inputs[i].key, expected.inputs[i].key);
    EXPECT_EQ(found.inputs[i].partition, expected.inputs[i].partition);
    EXPECT_EQ(found.inputs[i].handed_over, expected.inputs[i].handed_over);
    EXPECT_EQ(found.inputs[i].load, expected.inputs[i].load);
  }
}

void AppendAll(EventLog& log, std::vector<Event> events) {
  ASSERT_THAT(log.Append(std::move(events)), IsOk());
}

EventId Store(EventLog& log, std::string_view key, Partition partition,
              std::vector<InputRead> inputs) {
  const EventIdRef id = MakeEventIdRef();
  Append(log, Stored(key, std::move(partition), id, std::move(inputs)));
  EXPECT_THAT(log.Flush(), IsOk());
  return *id;
}

std::vector<EventId> Ids(const std::vector<Materialization>& found) {
  std::vector<EventId> ids;
  for (const Materialization& one : found) ids.push_back(one.id);
  return ids;
}

std::vector<EventId> Find(EventLog& log, const MaterializationQuery& query) {
  return Ids(log.Materializations(query).value());
}

EventId LatestId(EventLog& log, std::string_view key, const Partition& partition) {
  const auto latest = log.Latest(Key(key), partition).value();
  return latest ? latest->id : 0;
}

}  // namespace event_log_conformance

namespace {

using event_log_conformance::Behaviour;

class ConformanceTest : public ::testing::Test {
 public:
  ConformanceTest(Behaviour behaviour, std::shared_ptr<const EventLogUnderTest> subject)
      : behaviour_(behaviour), subject_(std::move(subject)) {}
  void TestBody() override { behaviour_.check(*subject_); }

 private:
  Behaviour behaviour_;
  std::shared_ptr<const EventLogUnderTest> subject_;
};

}  // namespace

void RegisterEventLogConformance(EventLogUnderTest subject) {
  const auto shared = std::make_shared<const EventLogUnderTest>(std::move(subject));
  const std::string suite = "EventLogConformance/" + shared->name;
  for (const auto behaviours : {event_log_conformance::ValueBehaviours(),
                                event_log_conformance::RunBehaviours()}) {
    for (const Behaviour& behaviour : behaviours) {
      ::testing::RegisterTest(suite.c_str(), behaviour.name, nullptr, nullptr, __FILE__,
                              __LINE__, [behaviour, shared]() -> ::testing::Test* {
                                return new ConformanceTest(behaviour, shared);
                              });
    }
  }
}

}  // namespace entrepot::testing
