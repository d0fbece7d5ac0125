#pragma once

/// \file tests/stress/witness.h
/// The steps of a scenario, which watch over the rules while they run.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "counted_io_manager.h"
#include "entrepot/execution/definitions.h"
#include "entrepot/execution/materialize.h"
#include "faults.h"
#include "model.h"

namespace entrepot::stress {

/// Computes, fails and stops as a scenario says, and reports what must not be: a step
/// that begins before what it needs is stored, an input of another value, one step twice
/// at a time, more steps at a time than workers, steps begun after the run was stopped, a
/// value that outlives its last reader.
///
/// Safe for concurrent use. What its threads share is relaxed atomics, so that the thread
/// sanitizer sees the executor's own synchronization and no other.
class Witness : public std::enable_shared_from_this<Witness> {
 public:
  /// `model` is what to expect, `live` counts the values if the scenario's manager does.
  /// All but `live` is borrowed.
  Witness(const Scenario& scenario, const std::vector<ExpectedStep>& model,
          std::shared_ptr<LiveValues> live, Faults& faults);

  /// The scenario's graph, stored by `manager`.
  Definitions Define(std::shared_ptr<IOManager> manager);

  // For the run's options.
  void OnProgress(const RunProgress& progress);
  bool Poll() const { return polled_stop_; }
  std::stop_source& stop() { return stop_; }

  /// The status that was last reported of a step; nullopt where none was.
  std::optional<StepStatus> LastReported(size_t step) const;

 private:
  friend class WitnessedIOManager;

  /// What is known of one step while the run goes on.
  struct Seen {
    std::atomic<int> attempts = 0;
    std::atomic<int> num_computed = 0;
    std::atomic<bool> is_computing = false;
    std::atomic<bool> is_stored = false;
    std::atomic<int> last_reported = -1;
    std::atomic<int> ends_to_await = 0;  // Its own, and one for each that reads it.
  };

  Result<Value> Compute(size_t step, const StepContext& context,
                        const std::vector<Value>& inputs);
  void CheckBegin(size_t step, const StepContext& context,
                  const std::vector<Value>& inputs);
  void StopIfAsked(size_t step);
  void CountBegin(size_t step);
  void CountEnd(size_t step, StepStatus status);
  void CheckReleased();
  bool MustFail(size_t step, FailsIn where) const;
  Value MakeValue(size_t step) const;

  const Scenario& scenario_;
  const std::vector<ExpectedStep>& model_;
  const std::shared_ptr<LiveValues> live_;
  Faults& faults_;
  std::deque<Seen> seen_;
  std::atomic<int> num_computing_ = 0;
  std::atomic<int> num_begun_after_stop_ = 0;
  std::atomic<bool> polled_stop_ = false;
  std::stop_source stop_;
};

/// Returns the number that a value of these tests holds; 0 for nothing.
Result<std::int64_t> NumberIn(const Value& value);

}  // namespace entrepot::stress
