#include "event_log_content.h"

namespace entrepot::golden {
namespace {

constexpr UnixMicros kTime = 1'770'000'000'000'000;

AssetKey Key(std::string_view text) { return AssetKey::Parse(text).value(); }

Materialized Orders(const EventIdRef& id) {
  return {.key = Key("raw/orders"),
          .partition = "2026-02-01",
          .id = id,
          .receipts = {{.base = "io_manager",
                        .path = "raw/orders/partition=2026-02-01/value.parquet",
                        .format = "parquet",
                        .codec_version = 1,
                        .kind = "table",
                        .type = "pandas.DataFrame",
                        .size_bytes = 12345,
                        .digest = "00112233445566778899aabbccddeeff",
                        .rows = 678,
                        .schema = "id: int64\nname: string",
                        .version = "019c1b2e4c007000800000000000001a",
                        .run_id = "run-1"}},
          .metadata = {{"null", {}},
                       {"text", "caf\u00e9"},
                       {"int", 7},
                       {"float", 0.5},
                       {"bool", true},
                       {"path", MetadataValue::Path("/data/a")},
                       {"url", MetadataValue::Url("https://example.com/")},
                       {"json", MetadataValue::Json("[1,2]")},
                       {"md", MetadataValue::Markdown("# Orders")}},
          .code_version = "v3",
          .io_manager = {"io_manager", "filesystem", R"({"base_dir":"/data"})"},
          .inputs = {{.name = "shop",
                      .key = Key("external/shop"),
                      .handed_over = false,
                      .load = {.seconds = 0.25, .size_bytes = 4096, .rows = 678}}},
          .compute_seconds = 1.5,
          .store = {.seconds = 0.125, .size_bytes = 12345, .rows = 678},
          .attempt = 2};
}

Materialized Report(const EventIdRef& id, const EventIdRef& orders) {
  return {.key = AssetKey::Make({"a/b", "c\\d"}).value(),
          .id = id,
          .io_manager = {"mine", "", ""},
          .inputs = {{.name = "orders",
                      .key = Key("raw/orders"),
                      .partition = "2026-02-01",
                      .source = orders,
                      .handed_over = true}}};
}

}  // namespace

std::vector<Event> EventsOfVersion1() {
  const EventIdRef orders = MakeEventIdRef();
  const std::string step = "raw/orders[2026-02-01]";
  std::vector<Event> events = {
      {kTime, "run-1", "",
       RunStarted{.host = "h", .pid = 11, .process_start = 22, .num_steps = 4}},
      {kTime + 1, "run-1", step, StepStarted{.attempt = 1}},
      {kTime + 2, "run-1", step,
       StepFailed{StepStatus::kRetrying, 1, "unavailable", "no answer"}},
      {kTime + 3, "run-1", step, StepStarted{.attempt = 2}},
      {kTime + 4, "run-1", step, Orders(orders)},
      {kTime + 5, "run-1", "broken", StepStarted{.attempt = 1}},
      {kTime + 6, "run-1", "broken",
       StepFailed{StepStatus::kFailure, 1, "user code", "division by zero"}},
      {kTime + 7, "run-1", "after", StepSkipped{.reason = "'broken' failed"}},
      {kTime + 8, "run-1", "", Logged{LogLevel::kWarning, "two steps did not succeed"}},
      {kTime + 9, "run-1", "", RunFinished{RunStatus::kFailure, "step 'broken' failed"}},
      {kTime - 5, "", "a\\/b/c\\\\d", Report(MakeEventIdRef(), orders)},
      {kTime + 11, "", "", Logged{LogLevel::kInfo, "by hand"}},
      {kTime + 12, "run-2", "",
       RunStarted{.host = "h", .pid = 33, .process_start = 44, .num_steps = 1}},
  };
  return events;
}

}  // namespace entrepot::golden
