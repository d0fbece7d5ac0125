#pragma once

/// \file entrepot/execution/executor_internal.h
/// Runs a plan.
///
/// A run has its own workers: the calling thread, and helpers that are started when two
/// steps are ready at once. A helper takes a step only when no worker has taken one for a
/// millisecond, so that a graph of tiny steps is run by one thread without hand-offs, and
/// one of long steps by all. Nothing of it outlives the run, so a fork between runs is
/// safe.
///
/// Values may need a foreign lock to die: none is ever destroyed while mutex_ is held.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <queue>
#include <thread>

#include "entrepot/execution/event_step_log_internal.h"
#include "entrepot/execution/materialize.h"

namespace entrepot::internal {

/// An I/O manager of a run, and what is asked of it all the time.
struct BoundManager {
  std::shared_ptr<IOManager> manager;
  IOManagerRecord record;
  bool is_lossless = false;
  bool is_volatile = false;
};

/// A run in the making. Used once, by one thread; its helpers are its own.
class Executor {
 public:
  Executor(const Definitions& definitions, const AssetGraph& graph, Plan plan,
           MaterializeOptions options, std::string run_id);

  /// Makes the managers and looks for the inputs that the run does not make.
  Status Prepare();

  /// Runs all steps.
  Result<RunResult> Run();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Where a value can be loaded from: what a step of this run or an earlier one stored.
  struct Source {
    std::shared_ptr<IOManager> manager;
    std::shared_ptr<const OutputContext> output;
    EventIdRef materialization;
    bool has_value = true;  // Else it was materialized without one.
  };

  /// What there is of a step. Only its own worker touches it while it runs; others read
  /// what it left when it has succeeded, and hand-overs under mutex_.
  struct StepState {
    explicit StepState(const PlannedStep& step);

    int waits_for;
    int readers_left;
    Value handed_over;  // kNothing: readers load.
    Value kept;         // For the run's result.
    const BoundManager* manager = nullptr;
    Source source;
    StepOutcome outcome;
  };

  struct Delayed {
    TimePoint due;
    size_t step;
    bool operator>(const Delayed& other) const { return due > other.due; }
  };

  Result<const BoundManager*> ManagerFor(const std::string& key);
  Result<Source> FindExternal(const PlannedInput& input);

  // The workers.
  void Work(bool is_caller);
  std::optional<size_t> NextStep(std::unique_lock<std::mutex>& lock, bool is_caller,
                                 bool is_warm);
  void StartHelpers();
  bool IsStopping() const { return interrupted_ || options_.stop.stop_requested(); }

  // One step.
  void Attempt(size_t step);
  Status RunStep(size_t step);
  Result<std::vector<Value>> LoadInputs(size_t step, const std::shared_ptr<StepLog>& log);
  std::vector<Value> TakeInputs(size_t step);
  Result<Value> LoadInput(size_t step, size_t input, Value value,
                          const std::shared_ptr<StepLog>& log);
  Result<Value> LoadFrom(const Source& source, size_t step, size_t input,
                         const std::shared_ptr<StepLog>& log, TransferStats& stats);
  Status Store(size_t step, const StepContext& context, Value value);
  Status HandOut(size_t step, OutputContext& output, Value value);
  void LogMaterialized(size_t step, const OutputContext& output);
  Value TakeHandedOver(size_t step);
  void Log(size_t step, EventData data);
  void LogFailed(size_t step, StepStatus status);

  // What follows from its end.
  void Succeed(size_t step);
  void Fail(size_t step, const Error& error);
  void SkipDependants(size_t failed);
  void InterruptRetries();
  void ReleaseInputs(size_t step);
  void Report(size_t step, StepStatus status, const std::string& error = {});

  const AssetDefinition& DefinitionOf(size_t step) const {
    return definitions_.assets()[plan_.steps[step].node];
  }

  const Definitions& definitions_;
  const AssetGraph& graph_;
  const Plan plan_;
  MaterializeOptions options_;
  const std::string run_id_;
  EventLog& log_;
  std::map<std::string, BoundManager> managers_;
  std::map<AssetKey, Source> externals_;  // Of inputs that the run does not make.
  std::shared_ptr<Resources> resources_;  // Constant once the run has begun.

  std::mutex mutex_;
  std::condition_variable
      step_ended_;  // For the calling thread, when a helper's step ends.
  std::condition_variable run_ended_;  // For helpers.
  std::vector<StepState> states_;
  std::deque<size_t> ready_;
  std::priority_queue<Delayed, std::vector<Delayed>, std::greater<>> delayed_;
  size_t num_unfinished_ = 0;
  int num_running_ = 0;
  TimePoint last_taken_;
  TimePoint last_poll_;
  std::atomic<bool> interrupted_ = false;
  std::vector<std::jthread> helpers_;
};

}  // namespace entrepot::internal
