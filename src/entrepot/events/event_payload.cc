#include "entrepot/events/event_payload_internal.h"

#include <type_traits>

#include <nlohmann/json.hpp>

namespace entrepot {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Returns the value of E, one of `count`, called `name`.
template <typename E>
Result<E> FromName(std::string_view name, int count) {
  for (int i = 0; i < count; ++i) {
    if (ToString(static_cast<E>(i)) == name) return static_cast<E>(i);
  }
  return Corrupt("unknown name in the event log: '{}'", name);
}

std::string Text(const Json& json, const char* name) {
  return json.at(name).get<std::string>();
}

std::string ToJson(const RunStarted& data) {
  return Dump({{"host", data.host},
               {"pid", data.pid},
               {"process_start", data.process_start},
               {"num_steps", data.num_steps}});
}

std::string ToJson(const RunFinished& data) {
  return Dump({{"status", ToString(data.status)}, {"error", data.error}});
}

std::string ToJson(
    const StepStarted& data) {  // The most frequent one: without the library.
  return fmt::format("{{\"attempt\":{}}}", data.attempt);
}

/// Adds metadata to an event's JSON, if there is any.
void Put(Json& json, const Metadata& metadata) {
  if (!metadata.empty()) json["metadata"] = Json::parse(MetadataToJson(metadata));
}

Result<Metadata> MetadataOf(const Json& json) {
  if (!json.contains("metadata")) return Metadata();
  return MetadataFromJson(json.at("metadata").dump());
}

std::string ToJson(const StepFailed& data) {
  Json json = {{"status", ToString(data.status)},
               {"attempt", data.attempt},
               {"code", data.code},
               {"error", data.error}};
  Put(json, data.metadata);
  return Dump(json);
}

std::string ToJson(const StepSkipped& data) { return Dump({{"reason", data.reason}}); }

std::string ToJson(const Materialized&) { return "{}"; }

Json StatsToJson(const TransferStats& stats) {
  Json json = {{"seconds", stats.seconds}, {"bytes", stats.size_bytes}};
  if (stats.rows) json["rows"] = *stats.rows;
  return json;
}

TransferStats StatsFromJson(const Json& json) {
  TransferStats stats{.seconds = json.at("seconds"), .size_bytes = json.at("bytes")};
  if (json.contains("rows")) stats.rows = json.at("rows").get<std::int64_t>();
  return stats;
}

std::string ToJson(const StepSucceeded& data) {
  Json json = {{"attempt", data.attempt},
               {"compute_seconds", data.compute_seconds},
               {"outputs", Json::array()}};
  for (const StoredOutput& output : data.outputs) {
    json["outputs"].push_back({{"name", output.name},
                               {"receipts", Json::parse(ReceiptsToJson(output.receipts))},
                               {"metadata", Json::parse(MetadataToJson(output.metadata))},
                               {"io_manager", output.io_manager.key},
                               {"kind", output.io_manager.kind},
                               {"config", output.io_manager.config},
                               {"store", StatsToJson(output.store)}});
  }
  return Dump(json);
}

Result<StepSucceeded> SucceededFromJson(const Json& json) {
  StepSucceeded data{.attempt = json.at("attempt"),
                     .compute_seconds = json.at("compute_seconds")};
  for (const Json& entry : json.at("outputs")) {
    StoredOutput output{.name = Text(entry, "name"),
                        .io_manager = {.key = Text(entry, "io_manager"),
                                       .kind = Text(entry, "kind"),
                                       .config = Text(entry, "config")},
                        .store = StatsFromJson(entry.at("store"))};
    for (const Json& receipt : entry.at("receipts")) {
      ENTREPOT_ASSIGN_OR_RETURN(Receipt read, ReceiptFromJson(receipt.dump()));
      output.receipts.push_back(std::move(read));
    }
    ENTREPOT_ASSIGN_OR_RETURN(output.metadata,
                              MetadataFromJson(entry.at("metadata").dump()));
    data.outputs.push_back(std::move(output));
  }
  return data;
}

std::string ToJson(const Logged& data) {
  Json json = {{"level", ToString(data.level)}, {"message", data.message}};
  if (data.key) json["asset"] = data.key->ToUserString();
  if (data.partition) json["partition"] = *data.partition;
  Put(json, data.metadata);
  return Dump(json);
}

Result<Logged> LoggedFromJson(const Json& json) {
  ENTREPOT_ASSIGN_OR_RETURN(const LogLevel level,
                            FromName<LogLevel>(Text(json, "level"), 4));
  Logged data{.level = level, .message = Text(json, "message")};
  if (json.contains("asset")) {
    ENTREPOT_ASSIGN_OR_RETURN(data.key, AssetKey::Parse(Text(json, "asset")));
  }
  if (json.contains("partition")) data.partition = Text(json, "partition");
  ENTREPOT_ASSIGN_OR_RETURN(data.metadata, MetadataOf(json));
  return data;
}

Result<EventData> FromJson(std::string_view type, const Json& json) {
  if (type == "run_started") {
    return RunStarted{.host = Text(json, "host"),
                      .pid = json.at("pid"),
                      .process_start = json.at("process_start"),
                      .num_steps = json.at("num_steps")};
  }
  if (type == "run_finished") {
    ENTREPOT_ASSIGN_OR_RETURN(const RunStatus status,
                              RunStatusFromName(Text(json, "status")));
    return RunFinished{.status = status, .error = Text(json, "error")};
  }
  if (type == "step_started") return StepStarted{.attempt = json.at("attempt")};
  if (type == "step_failed") {
    ENTREPOT_ASSIGN_OR_RETURN(const StepStatus status,
                              StepStatusFromName(Text(json, "status")));
    ENTREPOT_ASSIGN_OR_RETURN(Metadata metadata, MetadataOf(json));
    return StepFailed{.status = status,
                      .attempt = json.at("attempt"),
                      .code = Text(json, "code"),
                      .error = Text(json, "error"),
                      .metadata = std::move(metadata)};
  }
  if (type == "step_skipped") return StepSkipped{.reason = Text(json, "reason")};
  if (type == "step_succeeded") {
    ENTREPOT_ASSIGN_OR_RETURN(StepSucceeded data, SucceededFromJson(json));
    return data;
  }
  if (type == "logged") {
    ENTREPOT_ASSIGN_OR_RETURN(Logged data, LoggedFromJson(json));
    return data;
  }
  return Corrupt("unknown type of event in the log: '{}'", type);
}

}  // namespace

std::string EventDataToJson(const EventData& data) {
  return std::visit([](const auto& alternative) { return ToJson(alternative); }, data);
}

Result<EventData> EventDataFromJson(std::string_view type, std::string_view json) {
  try {
    return FromJson(type, Json::parse(json));
  } catch (const Json::exception& e) {
    return Corrupt("an event of type '{}' is damaged: {}", type, e.what());
  }
}

std::string ReceiptsToJson(const std::vector<Receipt>& receipts) {
  std::string json = "[";
  for (const Receipt& receipt : receipts) {
    if (&receipt != &receipts.front()) json += ",\n";
    json += ReceiptToJson(receipt);
  }
  return json + "]";
}

Result<std::vector<Receipt>> ReceiptsFromJson(std::string_view json) {
  if (json.size() < 2 || json.front() != '[' || json.back() != ']') {
    return Corrupt("not a list of receipts: '{}'", json);
  }
  json = json.substr(1, json.size() - 2);
  std::vector<Receipt> receipts;
  while (!json.empty()) {
    // A line break inside a receipt would be escaped.
    const size_t end = std::min(json.find(",\n"), json.size());
    ENTREPOT_ASSIGN_OR_RETURN(Receipt receipt, ReceiptFromJson(json.substr(0, end)));
    receipts.push_back(std::move(receipt));
    json.remove_prefix(std::min(end + 2, json.size()));
  }
  return receipts;
}

Result<RunStatus> RunStatusFromName(std::string_view name) {
  return FromName<RunStatus>(name, 4);
}

Result<StepStatus> StepStatusFromName(std::string_view name) {
  return FromName<StepStatus>(name, 6);
}

}  // namespace entrepot
