#pragma once

/// \file entrepot/execution/checked_config_internal.h
/// The configuration of one run, checked once against the fields of all that take one.

#include <map>
#include <set>
#include <span>
#include <string>

#include "entrepot/config/declared_config.h"
#include "entrepot/execution/resource.h"
#include "entrepot/execution/run_config.h"
#include "entrepot/execution/step_definition.h"
#include "entrepot/graph/plan.h"

namespace entrepot::internal {

/// By the names under which a run is configured.
using DeclaredConfigs = std::map<std::string, std::shared_ptr<const DeclaredConfig>>;

/// Of what takes a configuration: all, or only what gets one where a run is given none.
/// Python's steps take any, most get none, and those must cost nothing.
enum class Taking { kAny, kAlways };

/// Returns what takes a configuration. Of a step and a resource of one name, one that
/// need not have any gives way.
///
/// Errors: kInvalid  both always get one
Result<DeclaredConfigs> DeclaredBy(std::span<const StepDefinition> steps,
                                   const ResourceBindings& resources, Taking taking);

/// Returns the names of the steps of a plan, and of the resources that a run of it makes.
///
/// Errors: those of OrderResources
Result<std::set<std::string>> UsedByRun(const Plan& plan, const StepGraph& graph,
                                        std::span<const StepDefinition> steps,
                                        const ResourceBindings& resources);

/// Returns the shape of all; fields of those that are not `used` may be missing.
Result<ConfigField> ShapeOf(const DeclaredConfigs& declared,
                            const std::set<std::string>* used = nullptr);

/// A checked configuration. One thread at a time.
class CheckedConfig {
 public:
  /// Of a run that configures nothing.
  CheckedConfig() = default;

  /// Checks all that is given, and reads what the `used` get.
  ///
  /// Errors: kInvalid  every fault of what is given; of the used ones, every field that
  ///         is missing and every variable that is not set
  static Result<CheckedConfig> Make(DeclaredConfigs declared, const RunConfig& config,
                                    const std::set<std::string>& used);

  /// Returns what a step or resource gets that declares `declared`; null for one that
  /// declares none, gave way, or need not have one and was given none.
  ///
  /// Errors: kInvalid  (of those that were not used) as Make
  Result<ReadConfig> Of(const std::string& name,
                        const std::shared_ptr<const DeclaredConfig>& declared) const;

 private:
  Result<ReadConfig> Read(const std::string& name) const;

  DeclaredConfigs declared_;
  ConfigTree tree_;  // What the program and the run give.
  ConfigJson validated_ = ConfigJson::object();
  EnvironmentLookup environment_;
  std::map<std::string, ReadConfig> read_;
};

/// Checks the configuration of a run of assets without reading it: variables may not be
/// set yet.
///
/// Errors: as CheckedConfig::Make
Status CheckConfig(const Definitions& definitions, const StepGraph& graph,
                   const Plan& plan, const RunConfig& config);

}  // namespace entrepot::internal
