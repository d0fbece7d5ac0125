#include <memory>

#include "entrepot/cli/commands_internal.h"
#include "entrepot/cli/usage_internal.h"
#include "entrepot/config/describe.h"
#include "entrepot/execution/run_config.h"

namespace entrepot::internal {
namespace {

Status RunSchema(bool as_json, Session& session) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto* checked, session.CheckDefinitions());
  ENTREPOT_ASSIGN_OR_RETURN(const ConfigField schema,
                            ConfigSchemaOf(checked->definitions));
  if (as_json) {
    session.PrintJson(JsonSchemaOf(schema));
    return {};
  }
  const auto rows = ListFields(schema);
  if (rows.empty()) session.err() << "nothing here takes a configuration\n";
  TextTable table({{.title = "field"},
                   {.title = "type", .min_width = 12, .left_out = 2},
                   {.title = "default", .min_width = 10},
                   {.title = "description", .min_width = 16, .left_out = 1}});
  for (const FieldRow& row : rows) {
    if (row.has_fields) continue;
    table.AddRow({row.path, row.type, row.is_required ? "(required)" : row.default_value,
                  row.description});
  }
  session.Print(table);
  return {};
}

}  // namespace

void AddConfigCommand(CLI::App& app, Session& session) {
  auto* config =
      app.add_subcommand("config", "Tell how assets and resources are configured");
  config->require_subcommand(1);
  DescribeVerb(*config, session, Needs::kDefinitions, "config schema");
  auto* schema =
      config->add_subcommand("schema", "Print every field that --config and --set take");
  auto as_json = std::make_shared<bool>(false);
  schema->add_flag("--json", *as_json, "Print JSON Schema, which editors check files by");
  schema->callback([as_json, &session] { session.Finish(RunSchema(*as_json, session)); });
}

}  // namespace entrepot::internal
