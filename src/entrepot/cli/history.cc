#include <limits>

#include <fmt/format.h>

#include "entrepot/cli/asset_lookup_internal.h"
#include "entrepot/cli/commands_internal.h"
#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/records_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

struct HistoryOptions {
  std::string asset;  // "raw/flights"
  int limit = 20;
  bool lineage = false;
  bool json = false;
};

void AddInputs(TextTable& table, const Materialization& materialization) {
  for (const InputRecord& input : materialization.inputs) {
    std::string line = fmt::format("        ← {}", Printable(input.key.ToUserString()));
    if (input.source != 0) line += fmt::format(" (id {})", input.source);
    line += input.handed_over
                ? ", handed over in memory"
                : fmt::format(", read in {}", FormatSeconds(input.load.seconds));
    table.AddLine({line, Emphasis::kFaint});
  }
}

void PrintText(const std::vector<Materialization>& history, const HistoryOptions& options,
               const Session& session) {
  TextTable table({{.title = "ID", .align = Align::kRight},
                   {.title = "TIME"},
                   {.title = "RUN"},
                   {.title = "VALUE"},
                   {.title = "ROWS", .align = Align::kRight},
                   {.title = "SIZE", .align = Align::kRight},
                   {.title = "TOOK", .align = Align::kRight},
                   {.title = "VERSION"}});
  for (const Materialization& materialization : history) {
    const StoredFacts facts = FactsOf(materialization.receipts, materialization.metadata);
    table.AddRow({fmt::format("{}", materialization.id), FormatTime(materialization.time),
                  ShortRunId(materialization.run_id), KindAndFormat(facts),
                  RowsText(facts), SizeText(facts),
                  FormatSeconds(SecondsOf(materialization)), facts.version});
    if (options.lineage) AddInputs(table, materialization);
  }
  session.Print(table);
}

Status RunHistory(const HistoryOptions& options, Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const AssetKey key, AssetKey::Parse(options.asset));
  ENTREPOT_ASSIGN_OR_RETURN(const auto instance, session.OpenInstance());
  MaterializationQuery query;
  query.key = key;
  query.limit = options.limit;
  ENTREPOT_ASSIGN_OR_RETURN(const auto history, instance->log().Materializations(query));
  if (history.empty()) return NeverMaterialized(session, *instance, key);
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
  history->add_option("--limit", options->limit, "List at most N [20]")
      ->check(CLI::Range(1, std::numeric_limits<int>::max()))
      ->option_text("N");
  history->add_flag("--lineage", options->lineage, "List what each of them read, too");
  history->add_flag("--json", options->json, "Print JSON, lineage included");
  history->footer(fmt::format("Example:\n  {} history raw/flights --lineage",
                              session.host().program));
  history->group(kVerbs);
  history->callback(
      [options, &session] { session.Finish(RunHistory(*options, session)); });
}

}  // namespace entrepot::internal
