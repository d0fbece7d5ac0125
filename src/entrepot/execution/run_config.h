#pragma once

/// \file entrepot/execution/run_config.h
/// The configuration of a run: the fields of all steps and resources by their names.
///
///   ENTREPOT_ASSIGN_OR_RETURN(ep::ConfigTree config, ep::ReadConfigFile("run.toml"));
///   ENTREPOT_ASSIGN_OR_RETURN(const auto set, ep::ParseAssignment("report.top=20"));
///   config.Merge(set);
///   ep::Materialize(defs, {.config = {.given = config}});
///
/// Where run.toml has a table [report] for the asset "report", which was defined with
/// Config<ReportOptions>(), and one [warehouse] for the resource of that key.

#include <string_view>

#include "entrepot/config/config_tree.h"
#include "entrepot/config/schema.h"

namespace entrepot {

class Definitions;

/// What a run is configured by. Plain data.
struct RunConfig {
  /// An object: by the step's key or the resource's, its fields.
  ConfigTree given{};

  /// Answers {"env": NAME}; without one, every variable counts as not set.
  EnvironmentLookup environment{};
};

/// Returns what a run may be given: a shape of all assets' steps, or of a job's, and of
/// all resources that take a configuration.
///
/// Errors: kInvalid  no such job; a step and a resource of one name, and both take one
Result<ConfigField> ConfigSchemaOf(const Definitions& definitions,
                                   std::string_view job = {});

}  // namespace entrepot
