#pragma once

/// \file entrepot/graph/plan.h
/// What a run will do, as data: it can be printed, tested and compared without I/O.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "entrepot/graph/asset_graph.h"

namespace entrepot {

/// Where a planned step's input comes from.
struct PlannedInput {
  std::string name{};  ///< Of the parameter.
  AssetKey key;
  std::optional<std::string> partition{};
  std::optional<size_t>
      step{};  ///< The step of this plan that makes it; else it is loaded.
};

/// One execution of one asset's function.
struct PlannedStep {
  std::string step_key{};  ///< The asset's ToUserString.
  AssetKey key;
  std::optional<std::string> partition{};
  size_t node = 0;                     ///< In the graph.
  std::vector<PlannedInput> inputs{};  ///< In the order of the function's parameters.
  std::vector<size_t> after{};         ///< Steps that must have succeeded, each once.
  std::vector<size_t> before{};        ///< Steps that wait for this one, each once.
  int num_readers = 0;                 ///< How many inputs of the plan read its value.
};

/// Steps in an order in which they can be run.
struct Plan {
  std::vector<PlannedStep> steps;

  /// One line a step: its key and what it reads, "*" before what is loaded, not made.
  std::string ToString() const;
};

/// Plans the execution of `nodes` (ascending indexes into the graph).
Plan MakePlan(const AssetGraph& graph, const std::vector<size_t>& nodes);

}  // namespace entrepot
