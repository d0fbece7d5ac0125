#include <algorithm>

#include <fmt/format.h>

#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/records_internal.h"
#include "entrepot/execution/process_identity.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

Json TransferJson(const TransferStats& stats) {
  return {{"seconds", stats.seconds},
          {"size_bytes", stats.size_bytes},
          {"rows", OptionalJson(stats.rows)}};
}

Json InputJson(const InputRecord& input) {
  return {{"name", input.name},
          {"key", input.key.ToUserString()},
          {"partition", OptionalJson(input.partition)},
          {"source_id", input.source == 0 ? Json() : Json(input.source)},
          {"handed_over", input.handed_over},
          {"load", TransferJson(input.load)}};
}

Json TimeJson(UnixMicros time) { return time == 0 ? Json() : Json(FormatUtc(time)); }

}  // namespace

StoredFacts FactsOf(std::span<const Receipt> receipts, const Metadata& metadata) {
  StoredFacts facts;
  for (const Receipt& receipt : receipts) {
    facts.size_bytes = facts.size_bytes.value_or(0) + receipt.size_bytes;
    if (receipt.rows) facts.rows = facts.rows.value_or(0) + *receipt.rows;
  }
  if (!receipts.empty()) {
    const Receipt& first = receipts.front();
    facts.kind = first.kind;
    facts.format = first.format;
    facts.path = first.path;
    facts.version = first.version;
  }
  const MetadataValue* path = FindMetadata(metadata, "path");
  // The manager's, which is absolute; not one that the step recorded for itself.
  if (path != nullptr && path->kind() == MetadataValue::Kind::kPath &&
      path->text().ends_with(facts.path)) {
    facts.path = path->text();
  }
  return facts;
}

std::string KindAndFormat(const StoredFacts& facts) {
  if (facts.format.empty() || facts.kind == facts.format) return facts.kind;
  return facts.kind.empty() ? facts.format : facts.kind + "/" + facts.format;
}

std::string RowsText(const StoredFacts& facts) {
  return facts.rows ? FormatCount(*facts.rows) : "";
}

std::string SizeText(const StoredFacts& facts) {
  return facts.size_bytes ? FormatSize(*facts.size_bytes) : "";
}

std::string ShortRunId(const std::string& run_id) {
  constexpr size_t kTimeDigits = 13;  // 48 bits of milliseconds and a dash.
  return run_id.substr(0, kTimeDigits);
}

double SecondsOf(const Materialization& materialization) {
  double seconds = materialization.compute_seconds + materialization.store.seconds;
  for (const InputRecord& input : materialization.inputs) seconds += input.load.seconds;
  return seconds;
}

std::string StatusText(const RunRecord& run) {
  if (run.status != RunStatus::kStarted) return std::string(ToString(run.status));
  return HasEnded(run.process()) ? "died" : "running";
}

Json OptionalJson(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json();
}

Json OptionalJson(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json();
}

Json ToJson(const Materialization& materialization) {
  const StoredFacts facts = FactsOf(materialization.receipts, materialization.metadata);
  Json json = {{"id", materialization.id},
               {"time", TimeJson(materialization.time)},
               {"run_id", materialization.run_id},
               {"key", materialization.key.ToUserString()},
               {"partition", OptionalJson(materialization.partition)},
               {"kind", facts.kind},
               {"format", facts.format},
               {"rows", OptionalJson(facts.rows)},
               {"size_bytes", OptionalJson(facts.size_bytes)},
               {"path", facts.path},
               {"version", facts.version},
               {"code_version", materialization.code_version},
               {"seconds", SecondsOf(materialization)},
               {"compute_seconds", materialization.compute_seconds},
               {"store", TransferJson(materialization.store)},
               {"io_manager", materialization.io_manager.key},
               {"inputs", Json::array()},
               {"metadata", Json::parse(MetadataToJson(materialization.metadata))},
               {"receipts", Json::array()}};
  for (const InputRecord& input : materialization.inputs) {
    json["inputs"].push_back(InputJson(input));
  }
  for (const Receipt& receipt : materialization.receipts) {
    json["receipts"].push_back(Json::parse(ReceiptToJson(receipt)));
  }
  return json;
}

Json ToJson(const RunRecord& run) {
  return {{"run_id", run.run_id},
          {"status", StatusText(run)},
          {"started", TimeJson(run.started)},
          {"finished", TimeJson(run.finished)},
          {"num_steps", run.num_steps},
          {"host", run.host},
          {"pid", run.pid},
          {"error", run.error}};
}

Json ToJson(const StepRecord& step) {
  return {{"step", step.step_key},
          {"status", ToString(step.status)},
          {"attempts", step.attempts},
          {"started", TimeJson(step.started)},
          {"finished", TimeJson(step.finished)},
          {"error", step.error}};
}

}  // namespace entrepot::internal
