#include <memory>

#include "entrepot/cli/config_options_internal.h"
#include "entrepot/cli/usage_internal.h"
#include "entrepot/config/sources.h"

namespace entrepot::internal {

void AddConfigOptions(CLI::App& verb, ConfigOptions& options) {
  verb.add_option("--config", options.file,
                  "TOML or JSON file that configures assets and\n"
                  "resources; 'config schema' tells what there is")
      ->option_text("FILE")
      ->check(NotEmpty());
  verb.add_option("--set", options.sets,
                  "Set one field, over the file and the variables\n"
                  "ENTREPOT__NAME__FIELD; may be repeated")
      ->allow_extra_args(false)
      ->option_text("NAME.FIELD=VALUE");
}

Result<RunConfig> RunConfigOf(const ConfigOptions& options, const Session& session) {
  ConfigTree tree;
  if (!options.file.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(tree, ReadConfigFile(options.file));
  }
  const auto variables = std::make_shared<const std::map<std::string, std::string>>(
      session.host().environment ? session.host().environment()
                                 : std::map<std::string, std::string>());
  ENTREPOT_ASSIGN_OR_RETURN(const ConfigTree environment,
                            ConfigFromEnvironment("ENTREPOT__", *variables));
  tree.Merge(environment);
  for (const std::string& assignment : options.sets) {
    ENTREPOT_ASSIGN_OR_RETURN(const ConfigTree set, ParseAssignment(assignment));
    tree.Merge(set);
  }
  const auto look_up =
      [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables->find(name);
    if (found == variables->end()) return std::nullopt;
    return found->second;
  };
  return RunConfig{.given = std::move(tree), .environment = look_up};
}

}  // namespace entrepot::internal
