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

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <queue>
#include <stop_token>
#include <thread>

#include "entrepot/execution/event_step_log_internal.h"
#include "entrepot/execution/materialize.h"
#include "entrepot/execution/run_resources_internal.h"

namespace entrepot::internal {

/// An I/O manager of a run, and what is asked of it all the time.
struct BoundManager {
  std::shared_ptr<IOManager> manager;
  IOManagerRecord record;
  std::shared_ptr<const void> config{};
  bool is_lossless = false;
  bool is_volatile = false;
  bool ends_with_run = false;  // Of no use after it.
};

/// A run in the making. Used once, by one thread; its helpers are its own.
class Executor {
 public:
  Executor(const Definitions& definitions, const std::vector<StepDefinition>& steps,
           const StepGraph& graph, Plan plan, MaterializeOptions options,
           std::string run_id);

  /// Makes the resources, runs all steps, and tears the resources down. The run is logged
  /// from its start, also if it fails before its first step.
  Result<RunResult> Run();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Where a value can be loaded from: what a step of this run or an earlier one stored.
  struct Source {
    std::shared_ptr<IOManager> manager{};
    std::shared_ptr<const OutputContext> output{};
    EventIdRef materialization{};
    bool has_value = true;           // Else it was materialized without one.
    std::optional<Error> missing{};  // Why no manager of ours can load it.
  };
  using Sources = std::vector<const Source*>;

  /// What there is of a step's output.
  struct OutputState {
    int readers_left = 0;
    const BoundManager* manager = nullptr;
    Value to_store;     // Made, and not stored yet.
    Value handed_over;  // kNothing: readers load.
    Value kept;         // For the run's result.
    Source source;
  };

  /// What there is of a step. Only its own worker touches it while it runs; others read
  /// what it left when it has succeeded, and hand-overs under mutex_.
  struct StepState {
    explicit StepState(const PlannedStep& step);

    int waits_for;
    bool is_computed = false;  // A retry only stores what could not be stored.
    std::optional<Error> store_error;
    std::shared_ptr<StepContext> context;  // Of the attempt that computes.
    ReadConfig config;
    std::vector<std::shared_ptr<InputManager>> input_managers;  // Empty: none.
    std::vector<OutputState> outputs;
    StepOutcome outcome;
  };

  struct Delayed {
    TimePoint due;
    size_t step;
    bool operator>(const Delayed& other) const { return due > other.due; }
  };

  // Before its first step and after its last one.
  Status LogStarted();
  Status LogFinished(RunStatus status, const std::string& error);
  Error GiveUp(const Error& error);
  RunStatus StatusOfSteps() const;
  Status Prepare();
  Status Configure();
  Result<const BoundManager*> ManagerFor(const std::string& key);
  Status PrepareInput(size_t step, size_t input);
  Result<Source> FindExternal(const AssetKey& key,
                              const std::optional<std::string>& partition);
  Error NeverMade(const OutputContext& output, bool is_defined) const;

  // The workers.
  void Work(bool is_caller);
  std::optional<size_t> NextStep(std::unique_lock<std::mutex>& lock, bool is_caller,
                                 bool is_warm);
  void StartHelpers();
  bool IsStopping() const { return stop_.stop_requested(); }

  // One step.
  void Attempt(size_t step);
  Status RunStep(size_t step);
  std::shared_ptr<StepContext> MakeContext(size_t step);
  Status ComputeOutputs(size_t step);
  Status CheckMade(size_t step);
  std::string Describe(size_t step) const;

  // Its inputs.
  Result<std::vector<Value>> LoadInputs(size_t step);
  std::vector<std::vector<Value>> TakeInputs(size_t step);
  Value TakeHandedOver(PlannedMaker maker);
  Result<Value> LoadInput(size_t step, size_t input, std::vector<Value> taken);
  Result<Value> LoadList(size_t step, size_t input, std::vector<Value>& taken);
  Result<Value> LoadFrom(const Sources& sources, size_t step, size_t input);
  InputManager* InputManagerOf(size_t step, size_t input) const;
  std::shared_ptr<const void> ConfigOf(size_t step, size_t input,
                                       const Sources& sources) const;
  Sources SourcesOf(size_t step, size_t input) const;
  const Source& SourceOf(PlannedMaker maker) const {
    return states_[maker.step].outputs[maker.output].source;
  }
  bool Makes(const PlannedInput& input,
             const std::optional<std::string>& partition) const;
  void AddReads(size_t step, size_t input, const Sources& sources, const Value& value,
                bool handed_over, double seconds);

  // Its outputs.
  Result<Value> LoadAsset(size_t step, const AssetKey& key,
                          const std::optional<std::string>& partition,
                          LoadRequest request, std::shared_ptr<const void> host) const;
  Status Yield(size_t step, const std::string& output, Value value);
  Status StoreRest(size_t step);
  Status StoreOutput(size_t step, size_t output);
  Status HandOut(size_t step, size_t output, OutputContext& context);
  void LogMaterialized(size_t step, size_t output, const AssetFacts& facts);
  void LogSucceeded(size_t step);
  void Log(size_t step, EventData data);
  void LogFailed(size_t step, StepStatus status);

  // What follows from its end.
  void Succeed(size_t step);
  void Fail(size_t step, const Error& error);
  bool WillRetry(size_t step, const Error& error) const;
  std::chrono::duration<double> DelayOf(size_t step, const Error& error) const;
  void SkipDependants(size_t failed);
  void Skip(std::vector<size_t> steps, const std::string& reason);
  std::vector<size_t> ReadersOfMissing(size_t step) const;
  void InterruptRetries();
  void ForgetUnstored(size_t step);
  void ReleaseInputs(size_t step);
  void Report(size_t step, StepStatus status, const std::string& error = {});
  void FailRun(Error error);

  const StepDefinition& DefinitionOf(size_t step) const {
    return steps_[plan_.steps[step].node];
  }

  const Definitions& definitions_;
  const std::vector<StepDefinition>& steps_;  // As the graph's nodes.
  const StepGraph& graph_;
  const Plan plan_;
  MaterializeOptions options_;
  const std::string run_id_;
  EventLog& log_;
  const std::shared_ptr<RunResources> run_resources_;
  std::map<std::string, BoundManager> managers_;
  // What inputs read that the run does not make, by asset and partition.
  std::map<std::pair<AssetKey, std::optional<std::string>>, Source> externals_;
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
  std::stop_source stop_;  // Of this run, whoever asks for it.
  const std::stop_callback<std::function<void()>> on_host_stop_{
      options_.stop, [this] { stop_.request_stop(); }};
  std::optional<Error> host_error_;  // Of on_progress or poll; under mutex_.
  std::vector<std::jthread> helpers_;
};

}  // namespace entrepot::internal
