#pragma once

/// \file entrepot/graph/plan.h
/// What a run will do, as data: it can be printed, tested and compared without I/O.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "entrepot/clock.h"
#include "entrepot/graph/step_graph.h"

namespace entrepot {

/// An output of a step of a plan.
struct PlannedMaker {
  size_t step = 0;
  size_t output = 0;

  friend bool operator==(const PlannedMaker&, const PlannedMaker&) = default;
};

/// Where a planned step's input comes from.
struct PlannedInput {
  std::string name{};             ///< Of the parameter.
  std::optional<AssetKey> key{};  ///< Nullopt: it is no asset.

  /// Those it reads, in the order of their definition; nullopt: the asset has none.
  std::optional<std::vector<std::string>> partitions{};

  /// What this plan makes of it: all, or of several partitions one. Empty: it is loaded.
  std::vector<PlannedMaker> makers{};

  /// All that is read is made by this plan: the values may be handed over.
  bool is_made = false;

  /// "a/b[2024-01-01]", or "step.output".
  std::string ToString(const struct Plan& plan) const;
};

/// A value that a planned step makes.
struct PlannedOutput {
  std::string name{};
  std::optional<AssetKey> key{};
  int num_readers = 0;  ///< How many inputs of the plan may be handed its value.
};

/// One execution of one step's function.
struct PlannedStep {
  std::string step_key{};  ///< The spec's key, with the partition in [].
  std::optional<std::string> partition{};
  size_t node = 0;                       ///< In the graph.
  std::vector<PlannedInput> inputs{};    ///< In the order of the function's parameters.
  std::vector<PlannedOutput> outputs{};  ///< As the spec's.
  std::vector<size_t> after{};           ///< Steps that must have succeeded, each once.
  std::vector<size_t> before{};          ///< Steps that wait for this one, each once.
};

/// Steps in an order in which they can be run.
struct Plan {
  std::vector<PlannedStep> steps;

  /// One line a step: its key and what it reads, "*" before what is loaded, not made.
  std::string ToString() const;
};

/// What a run makes of assets that have partitions.
struct PlanOptions {
  std::optional<std::string> partition{};  ///< The one that is made; nullopt: none.
  UnixMicros now = 0;                      ///< Partitions grow with time.
};

/// Plans the execution of `nodes` (ascending indexes into the graph).
///
/// Errors: kInvalid   an asset has partitions, and none is to be made; or the other way
///         kNotFound  an asset has no such partition, or reads one that does not exist
Result<Plan> MakePlan(const StepGraph& graph, const std::vector<size_t>& nodes,
                      const PlanOptions& options = {});

}  // namespace entrepot
