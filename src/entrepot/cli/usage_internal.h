#pragma once

/// \file entrepot/cli/usage_internal.h
/// How a command is to be typed: the help, and what is told of what was typed wrong.

#include <initializer_list>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "entrepot/cli/session_internal.h"

namespace entrepot::internal {

/// Validators of options.
CLI::Validator NotEmpty();
CLI::Validator AtLeast(int least);  ///< A whole number.
CLI::Validator EitherOf(std::string one, std::string other);

/// Adds `--partition KEY`.
void AddPartitionOption(CLI::App& verb, std::optional<std::string>& partition,
                        const std::string& description);

/// Gives the program its options and the text around its verbs.
void DescribeProgram(CLI::App& app, Session& session);

/// Gives a verb its place among the verbs and, as the end of its help, an example:
/// `arguments` behind what has to stand before them in this program.
enum class Needs { kInstance, kDefinitions };
void DescribeVerb(CLI::App& verb, const Session& session, Needs needs,
                  const std::string& arguments);

/// Reports what CLI11 found wrong with the arguments, and how they should have been.
void ReportUsage(CLI::App& app, const CLI::ParseError& error, Session& session);

}  // namespace entrepot::internal
