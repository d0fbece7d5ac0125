#include <fmt/format.h>

#include "entrepot/cli/asset_lookup_internal.h"
#include "entrepot/cli/commands_internal.h"
#include "entrepot/cli/config_options_internal.h"
#include "entrepot/cli/records_internal.h"
#include "entrepot/cli/usage_internal.h"
#include "entrepot/execution/asset_value_loader.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

struct ShowOptions {
  std::string asset;  // "raw/flights"
  std::optional<std::string> partition;
  int rows = 10;
  std::vector<std::string> columns;
  bool schema = false;
  bool verify = false;
  bool json = false;
  ConfigOptions config;
};

/// Refuses what only another language's codec could decode, before trying to.
Status CheckFormat(const Session& session, const Materialization& latest) {
  for (const Receipt& receipt : latest.receipts) {
    if (session.host().instance_options.codecs.ForFormat(receipt.format)) continue;
    if (receipt.format == "pickle") {
      return Unsupported(
          "asset '{}' is a pickled Python object of type '{}'; show it with the Python "
          "package's "
          "`entrepot show`",
          latest.key.ToUserString(), receipt.type);
    }
  }
  return {};
}

Result<Value> LoadFor(const ShowOptions& options, Session& session,
                      const std::shared_ptr<Instance>& instance, const AssetKey& key,
                      const Materialization& latest) {
  ENTREPOT_RETURN_IF_ERROR(CheckFormat(session, latest));
  const CheckedDefinitions* checked = session.TryDefinitions();
  ENTREPOT_ASSIGN_OR_RETURN(RunConfig config, RunConfigOf(options.config, session));
  const bool is_configured = !options.config.file.empty() || !options.config.sets.empty();
  if (is_configured && checked == nullptr)
    return Invalid("--config and --set configure definitions, and there are none");
  // Variables and files configure definitions; without any there is nothing to configure.
  const AssetValueLoader loader =
      checked != nullptr
          ? AssetValueLoader(instance, checked->definitions, std::move(config))
          : AssetValueLoader(instance);
  LoadOptions load;
  load.partition = options.partition;
  load.request.verify = options.verify;
  // The head of a large table needs no more than its first pages; checking it needs all.
  load.request.as_stream = !options.verify;
  ENTREPOT_ASSIGN_OR_RETURN(Value value, loader.LoadValue(key, std::move(load)));
  if (value.kind() != ValueKind::kForeign) return value;
  // What can be stored can be shown as what it would be stored as, in any language.
  auto storable = value.foreign()->ToStorable();
  return storable ? *std::move(storable) : value;
}

Status PrintForeign(const AssetKey& key, const Value& value,
                    const PreviewOptions& preview, bool as_json, const Session& session) {
  if (!session.host().preview_foreign) {
    return Unsupported(
        "an object of type '{}' can only be shown by the language that made it",
        value.foreign()->type());
  }
  ENTREPOT_ASSIGN_OR_RETURN(const std::string text,
                            session.host().preview_foreign(value, preview));
  if (as_json) {
    session.PrintJson({{"key", key.ToUserString()},
                       {"kind", "foreign"},
                       {"type", value.foreign()->type()},
                       {"text", text}});
  } else {
    session.out() << text << (text.ends_with('\n') ? "" : "\n");
  }
  return {};
}

Status RunShow(const ShowOptions& options, Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const AssetKey key, AssetKey::Parse(options.asset));
  ENTREPOT_ASSIGN_OR_RETURN(const auto instance, session.OpenInstance());
  ENTREPOT_ASSIGN_OR_RETURN(const auto latest,
                            instance->log().Latest(key, options.partition));
  if (!latest) return NeverMaterialized(session, *instance, key, options.partition);
  ENTREPOT_ASSIGN_OR_RETURN(const Value value,
                            LoadFor(options, session, instance, key, *latest));
  const PreviewOptions preview{.rows = options.rows,
                               .columns = options.columns,
                               .schema_only = options.schema,
                               .width = session.host().out.width,
                               .use_color = session.host().out.use_color,
                               .total_rows = FactsOf(latest->receipts, {}).rows};
  if (value.kind() == ValueKind::kForeign) {
    return PrintForeign(key, value, preview, options.json, session);
  }
  if (!options.json) return PrintPreview(session.out(), value, preview);
  ENTREPOT_ASSIGN_OR_RETURN(const std::string content, PreviewJson(value, preview));
  Json json = {{"key", key.ToUserString()}};
  json.update(Json::parse(content));
  session.PrintJson(json);
  return {};
}

}  // namespace

void AddShowCommand(CLI::App& app, Session& session) {
  auto options = std::make_shared<ShowOptions>();
  auto* show =
      app.add_subcommand("show", "Print the value of an asset, or the first of it");
  show->add_option("KEY", options->asset, "The asset, e.g. raw/flights")
      ->required()
      ->option_text(" ");
  AddPartitionOption(*show, options->partition, "Print the value of this partition");
  show->add_option("--rows", options->rows,
                   "Print at most N rows of a table, or lines of a\n"
                   "tensor or bytes [10]")
      ->check(AtLeast(0))
      ->option_text("N");
  show->add_option("--columns", options->columns, "Print only these columns of a table")
      ->delimiter(',')
      ->allow_extra_args(false)  // What follows is the key.
      ->option_text("A,B,C");
  show->add_flag("--schema", options->schema, "Print what it is made of instead");
  show->add_flag("--verify", options->verify,
                 "Read all of it and check its digest first");
  show->add_flag("--json", options->json, "Print JSON");
  AddConfigOptions(*show, options->config);
  DescribeVerb(*show, session, Needs::kInstance,
               "show raw/flights --rows 5 --columns carrier,dep_delay");
  show->callback([options, &session] { session.Finish(RunShow(*options, session)); });
}

}  // namespace entrepot::internal
