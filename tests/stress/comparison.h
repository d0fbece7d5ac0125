#pragma once

/// \file tests/stress/comparison.h
/// Compares what a run left behind with what must have become of it.

#include <vector>

#include "entrepot/execution/run_result.h"
#include "faults.h"
#include "model.h"
#include "witness.h"

namespace entrepot::stress {

/// Checks a run's result against the model, and what was reported of each step against
/// the result.
void CompareResult(const Scenario& scenario, const std::vector<ExpectedStep>& model,
                   const RunResult& result, const Witness& witness, Faults& faults);

/// Checks that the log tells what the result does, in an order that could have been.
void CompareLog(const std::vector<ExpectedStep>& model, const RunResult& result,
                Faults& faults);

}  // namespace entrepot::stress
