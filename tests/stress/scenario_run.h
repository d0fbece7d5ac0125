#pragma once

/// \file tests/stress/scenario_run.h
/// Runs scenarios and judges them.

#include <string>
#include <vector>

#include "scenario.h"

namespace entrepot::stress {

/// Runs a scenario (and, if it does not select everything, once before that the whole
/// graph, calmly) on an instance of its own, and returns what was not as it must be.
std::vector<std::string> FaultsOf(const Scenario& scenario);

/// Runs one scenario and judges it as if it had been another: proves that faults are
/// seen.
std::vector<std::string> FaultsOf(const Scenario& scenario, const Scenario& judged_as);

}  // namespace entrepot::stress
