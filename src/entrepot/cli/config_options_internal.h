#pragma once

/// \file entrepot/cli/config_options_internal.h
/// The options by which a verb's run is configured.

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "entrepot/cli/session_internal.h"
#include "entrepot/execution/run_config.h"

namespace entrepot::internal {

/// What `--config` and `--set` say. Plain data.
struct ConfigOptions {
  std::string file;               ///< TOML or JSON; "": none.
  std::vector<std::string> sets;  ///< In their order.
};

/// Adds `--config FILE` and `--set NAME.FIELD=VALUE`.
void AddConfigOptions(CLI::App& verb, ConfigOptions& options);

/// Returns the configuration that the file, the variables ENTREPOT__… and the assignments
/// give, each laid over those before.
///
/// Errors: those of ReadConfigFile, ConfigFromEnvironment and ParseAssignment
Result<RunConfig> RunConfigOf(const ConfigOptions& options, const Session& session);

}  // namespace entrepot::internal
