#include <algorithm>

#include <fmt/format.h>

#include "entrepot/cli/asset_lookup_internal.h"
#include "entrepot/cli/commands_internal.h"
#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/records_internal.h"
#include "entrepot/cli/usage_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

struct HistoryOptions {
  std::string asset;  // "raw/flights"
  std::optional<std::string> partition;
  int limit = 20;
  bool lineage = false;
  bool metadata = false;
  bool json = false;
};

constexpr char kIndent[] = "        ";

void AddInputs(TextTable& table, const Materialization& materialization) {
  for (const InputRecord& input : materialization.inputs) {
    std::string line =
        fmt::format("{}← {}", kIndent, Printable(input.key.ToUserString()));
    if (input.partition) line += fmt::format("[{}]", Printable(*input.partition));
    if (input.source != 0) line += fmt::format(" (id {})", input.source);
    if (input.handed_over) {
      line += ", handed over in memory";
    } else if (input.load.seconds > 0) {  // Several partitions: told of the first one.
      line += fmt::format(", read in {}", FormatSeconds(input.load.seconds));
    }
    table.AddLine({line, Emphasis::kFaint});
  }
}

void AddMetadata(TextTable& table, const Materialization& materialization) {
  for (const auto& [name, value] : materialization.metadata) {
    const std::string line = fmt::format("{}{}: {}", kIndent, name, value.ToString());
    table.AddLine({Printable(line), Emphasis::kFaint});
  }
}

void PrintText(const std::vector<Materialization>& history, const HistoryOptions& options,
               const Session& session) {
  const bool has_partitions = std::ranges::any_of(
      history, [](const Materialization& made) { return made.partition.has_value(); });
  std::vector<TableColumn> columns = {
      {.title = "ID", .align = Align::kRight},
      {.title = "TIME"},
      {.title = "RUN", .left_out = 3},
      {.title = "VALUE"},
      {.title = "ROWS", .align = Align::kRight, .left_out = 2},
      {.title = "SIZE", .align = Align::kRight},
      {.title = "TOOK", .align = Align::kRight, .left_out = 1},
      {.title = "VERSION", .min_width = 13, .left_out = 4}};
  if (has_partitions) columns.insert(columns.begin() + 1, {.title = "PARTITION"});
  TextTable table(std::move(columns));
  for (const Materialization& materialization : history) {
    const StoredFacts facts = FactsOf(materialization.receipts, materialization.metadata);
    std::vector<Cell> row = {fmt::format("{}", materialization.id),
                             FormatTime(materialization.time),
                             ShortRunId(materialization.run_id),
                             KindAndFormat(facts),
                             RowsText(facts),
                             SizeText(facts),
                             FormatSeconds(SecondsOf(materialization)),
                             facts.version};
    if (has_partitions)
      row.insert(row.begin() + 1, Printable(materialization.partition.value_or("")));
    table.AddRow(std::move(row));
    if (options.lineage) AddInputs(table, materialization);
    if (options.metadata) AddMetadata(table, materialization);
  }
  session.Print(table);
}

Status RunHistory(const HistoryOptions& options, Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const AssetKey key, AssetKey::Parse(options.asset));
  ENTREPOT_ASSIGN_OR_RETURN(const auto instance, session.OpenInstance());
  MaterializationQuery query;
  query.key = key;
  query.partition = options.partition;
  query.limit = options.limit;
  ENTREPOT_ASSIGN_OR_RETURN(const auto history, instance->log().Materializations(query));
  if (history.empty())
    return NeverMaterialized(session, *instance, key, options.partition);
  if (!options.json) {
    PrintText(history, options, session);
    return {};
  }
  Json json = {{"key", key.ToUserString()}, {"materializations", Json::array()}};
  for (const Materialization& materialization : history) {
    json["materializations"].push_back(ToJson(materialization));
  }
  session.PrintJson(json);
  return {};
}

}  // namespace

void AddHistoryCommand(CLI::App& app, Session& session) {
  auto options = std::make_shared<HistoryOptions>();
  auto* history = app.add_subcommand(
      "history", "List the materializations of an asset, newest first");
  history->add_option("KEY", options->asset, "The asset, e.g. raw/flights")
      ->required()
      ->option_text(" ");
  AddPartitionOption(*history, options->partition, "List those of this partition only");
  history->add_option("--limit", options->limit, "List at most N [20]")
      ->check(AtLeast(1))
      ->option_text("N");
  history->add_flag("--lineage", options->lineage, "List what each of them read, too");
  history->add_flag("--metadata", options->metadata,
                    "List what was recorded about each, too");
  history->add_flag("--json", options->json, "Print JSON, all of that included");
  DescribeVerb(*history, session, Needs::kInstance, "history raw/flights --lineage");
  history->callback(
      [options, &session] { session.Finish(RunHistory(*options, session)); });
}

}  // namespace entrepot::internal
