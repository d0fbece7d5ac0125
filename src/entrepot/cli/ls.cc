#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "entrepot/cli/commands_internal.h"
#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/records_internal.h"
#include "entrepot/cli/usage_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

struct LsOptions {
  bool json = false;
};

/// An asset (partition) that is defined, was materialized, or both.
struct KnownAsset {
  AssetKey key;
  std::optional<std::string> partition;
  const StepOutput* declared = nullptr;   // Null: not among the definitions.
  std::optional<Materialization> latest;  // Nullopt: never materialized.
};

Status AddLogged(Session& session, const StepGraph* graph,
                 std::vector<KnownAsset>& assets) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto instance, session.OpenInstance());
  ENTREPOT_ASSIGN_OR_RETURN(const auto records, instance->log().Assets());
  for (const AssetRecord& record : records) {
    ENTREPOT_ASSIGN_OR_RETURN(auto latest,
                              instance->log().Latest(record.key, record.partition));
    const auto index = graph != nullptr ? graph->Find(record.key) : std::nullopt;
    assets.push_back({.key = record.key,
                      .partition = record.partition,
                      .declared = index ? &graph->OutputOf(*index) : nullptr,
                      .latest = std::move(latest)});
  }
  return {};
}

/// What is defined, in an order in which it can be computed, then what else was
/// materialized.
Result<std::vector<KnownAsset>> FindAssets(Session& session) {
  const StepGraph* graph = nullptr;
  if (session.has_definitions()) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto* checked, session.CheckDefinitions());
    graph = &checked->graph;
  }
  std::vector<KnownAsset> logged;
  const Status added = AddLogged(session, graph, logged);
  const bool nothing_yet =
      graph != nullptr && !added && added.error().code() == ErrorCode::kNotFound;
  if (!added && !nothing_yet) return added.error();

  std::vector<KnownAsset> assets;
  if (graph != nullptr) {
    for (const size_t index : graph->topological_order()) {
      for (const StepOutput& output : graph->nodes()[index].spec.outputs) {
        if (!output.key) continue;
        const size_t before = assets.size();
        std::ranges::copy_if(
            logged, std::back_inserter(assets),
            [&](const KnownAsset& asset) { return asset.declared == &output; });
        if (assets.size() > before) continue;
        assets.push_back({.key = *output.key,
                          .partition = std::nullopt,
                          .declared = &output,
                          .latest = std::nullopt});
      }
    }
  }
  std::ranges::copy_if(logged, std::back_inserter(assets),
                       [](const KnownAsset& asset) { return asset.declared == nullptr; });
  return assets;
}

std::string NameOf(const KnownAsset& asset) {
  const std::string name = Printable(asset.key.ToUserString());
  return asset.partition ? fmt::format("{}[{}]", name, Printable(*asset.partition))
                         : name;
}

void PrintText(const std::vector<KnownAsset>& assets, const Session& session) {
  TextTable table({{.title = "ASSET", .min_width = 20},
                   {.title = "GROUP", .left_out = 3},
                   {.title = "VALUE", .left_out = 1},
                   {.title = "ROWS", .align = Align::kRight, .left_out = 2},
                   {.title = "SIZE", .align = Align::kRight},
                   {.title = "MATERIALIZED"},
                   {.title = "RUN", .left_out = 4}});
  const UnixMicros now = session.host().clock->Now();
  for (const KnownAsset& asset : assets) {
    const std::string group =
        asset.declared != nullptr ? Printable(asset.declared->facts->group) : "";
    if (!asset.latest) {
      table.AddRow({NameOf(asset), group, "", "", "", {"never", Emphasis::kFaint}});
      continue;
    }
    const StoredFacts facts = FactsOf(asset.latest->receipts, asset.latest->metadata);
    table.AddRow({NameOf(asset), group, KindAndFormat(facts), RowsText(facts),
                  SizeText(facts), FormatAge(asset.latest->time, now),
                  ShortRunId(asset.latest->run_id)});
  }
  session.Print(table);
  if (assets.empty()) session.err() << "nothing was materialized yet\n";
}

Json AssetJson(const KnownAsset& asset) {
  Json json = {{"key", asset.key.ToUserString()},
               {"path", asset.key.path()},
               {"partition", OptionalJson(asset.partition)},
               {"is_defined", asset.declared != nullptr},
               {"group", nullptr},
               {"description", nullptr},
               {"latest", asset.latest ? ToJson(*asset.latest) : Json()}};
  if (asset.declared != nullptr) {
    json["group"] = asset.declared->facts->group;
    json["description"] = asset.declared->facts->description;
  }
  return json;
}

Status RunLs(const LsOptions& options, Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto assets, FindAssets(session));
  if (!options.json) {
    PrintText(assets, session);
    return {};
  }
  ENTREPOT_ASSIGN_OR_RETURN(const std::string folder, session.InstanceFolder());
  // As an instance tells its own, which there may be none of yet.
  const auto home = std::filesystem::absolute(folder).lexically_normal();
  Json json = {{"instance", home.string()}, {"assets", Json::array()}};
  for (const KnownAsset& asset : assets) json["assets"].push_back(AssetJson(asset));
  session.PrintJson(json);
  return {};
}

}  // namespace

void AddLsCommand(CLI::App& app, Session& session) {
  auto options = std::make_shared<LsOptions>();
  auto* ls = app.add_subcommand("ls", "List the assets and what is stored of them");
  ls->add_flag("--json", options->json, "Print JSON");
  DescribeVerb(*ls, session, Needs::kInstance, "ls --json");
  ls->callback([options, &session] { session.Finish(RunLs(*options, session)); });
}

}  // namespace entrepot::internal
