#pragma once

/// \file entrepot/config/sources.h
/// Where configurations come from: TOML and JSON files, environment variables, arguments.
/// Each function yields a tree whose values name their source; `ConfigTree::Merge` lays a
/// later source over an earlier one. A program reads them in this order:
///
///   ENTREPOT_ASSIGN_OR_RETURN(ConfigTree config, ReadConfigFile("settings.toml"));
///   ENTREPOT_ASSIGN_OR_RETURN(const ConfigTree environment,
///                             ConfigFromEnvironment("ENTREPOT__", variables));
///   config.Merge(environment);
///   ENTREPOT_ASSIGN_OR_RETURN(const ConfigTree set, ParseAssignment("report.top=20"));
///   config.Merge(set);
///
/// Nothing is typed before it meets a schema: the text of a variable or an argument is
/// read by the type of its field (ConfigTree::Text); lists and objects are written as
/// JSON.

#include <map>
#include <string>
#include <string_view>

#include "entrepot/config/config_tree.h"

namespace entrepot {

/// Reads a file whose name ends in .toml or .json.
///
/// Errors: kInvalid      another extension, or what ParseToml and ParseJson refuse
///         kNotFound, kPermission, …  what the system says
Result<ConfigTree> ReadConfigFile(const std::string& path);

/// Parses TOML. Values know their line: "settings.toml:4". Dates and times become text as
/// TOML writes them.
///
/// Errors: kInvalid  no TOML, an infinite number, nested deeper than kMaxConfigDepth
Result<ConfigTree> ParseToml(std::string_view text, const std::string& name);

/// Parses a JSON object.
Result<ConfigTree> ParseJson(std::string_view text, const std::string& name);

/// Takes those of the variables that begin with `prefix`, e.g. "ENTREPOT__". What follows
/// is a path whose parts are separated by "__" and lower-cased:
/// ENTREPOT__RESOURCES__IO_MANAGER__BASE_DIR is resources.io_manager.base_dir. Fields
/// with capitals or double underscores in their names cannot be set so.
///
/// Errors: kInvalid  an empty part; one variable that is a field's value and another that
/// is a field of it
Result<ConfigTree> ConfigFromEnvironment(
    std::string_view prefix, const std::map<std::string, std::string>& variables);

/// Parses the argument of `--set`: a path of names, '=', a value. A name with dots or '='
/// in it is put into double quotes: assets."a.b".top=20.
///
/// Errors: kInvalid  no '=', an empty name, a quote that does not end
Result<ConfigTree> ParseAssignment(std::string_view assignment);

}  // namespace entrepot
