#pragma once

/// \file tests/stress/model.h
/// What must become of a scenario's steps, by the rules alone.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "entrepot/events/event.h"
#include "scenario.h"

namespace entrepot::stress {

/// What must become of one step. Plain data.
struct ExpectedStep {
  bool is_selected = true;
  std::vector<size_t> reads{};     ///< Steps, one for each input; some may be twice.
  std::vector<size_t> upstream{};  ///< Steps it reads or follows that are selected.

  /// What its readers get: the number it returns (0: nothing), or, where it is not
  /// selected, what it had returned before.
  std::int64_t value = 0;

  /// If nobody stops the run.
  StepStatus status = StepStatus::kSuccess;
  int attempts = 0;
};

/// Returns what must become of each step of a run, the `generation`th on its instance.
/// `before` are the values that the steps have from the run before, if there was one.
std::vector<ExpectedStep> Expect(const Scenario& scenario, int generation,
                                 const std::vector<ExpectedStep>& before = {});

}  // namespace entrepot::stress
