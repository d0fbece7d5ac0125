#pragma once

/// \file entrepot/cli/commands_internal.h
/// The verbs, one file each. Each Add… function adds a subcommand that runs it in
/// `session`.

#include <CLI/CLI.hpp>

#include "entrepot/cli/session_internal.h"

namespace entrepot::internal {

void AddMaterializeCommand(CLI::App& app, Session& session);
void AddLsCommand(CLI::App& app, Session& session);
void AddShowCommand(CLI::App& app, Session& session);
void AddHistoryCommand(CLI::App& app, Session& session);
void AddRunsCommand(CLI::App& app, Session& session);
void AddConfigCommand(CLI::App& app, Session& session);

}  // namespace entrepot::internal
