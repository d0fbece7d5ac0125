#pragma once

/// \file tests/stress/scenario.h
/// What a stress test does: a graph, what goes wrong in it, and how it is run.

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <vector>

#include <rapidcheck.h>

namespace entrepot::stress {

/// Where an attempt that is to fail does so.
enum class FailsIn { kComputing, kThrowing, kStoring, kLoading };

/// One step. Which steps it needs is said by how many places before it they are; places
/// before the first step mean nothing, so that steps can be left out of a scenario.
struct StepPlan {
  std::vector<size_t> reads{};
  std::vector<size_t> follows{};  ///< Waits for them without reading.
  bool returns_nothing = false;
  int failing_attempts = 0;  ///< So many fail before one succeeds.
  FailsIn fails_in = FailsIn::kComputing;
  int max_retries = 0;
  std::chrono::milliseconds retry_delay{0};
  std::chrono::microseconds lasts{0};
};

/// Which steps are run. Unless all are, an earlier run has made everything.
enum class Selects {
  kEverything,
  kSomeKeys,
  kUpstreamOfOne,
  kDownstreamOfOne,
};

/// What ends the run before its time.
enum class StoppedBy {
  kNobody,
  kStep,           ///< `stopping_step` asks for it, by the stop token.
  kTimer,          ///< The stop token, `stopped_after` the run began.
  kPoll,           ///< What the calling thread polls, once `stopping_step` was computed.
  kCancelledStep,  ///< `stopping_step` gives up: it returns kCancelled.
};

enum class KeptIn {
  kCountedMemory,  ///< A lossless manager whose values are counted.
  kMemory,         ///< The memory manager, which hands nothing over.
  kFiles,          ///< The filesystem manager.
};
enum class LoggedIn { kMemory, kSqlite };

struct Scenario {
  std::vector<StepPlan> steps{};
  Selects selects = Selects::kEverything;
  std::vector<size_t> selected{};  ///< Modulo the number of steps.
  StoppedBy stopped_by = StoppedBy::kNobody;
  size_t stopping_step = 0;  ///< Modulo the number of steps.
  std::chrono::microseconds stopped_after{0};
  int workers = 1;
  KeptIn kept_in = KeptIn::kCountedMemory;
  LoggedIn logged_in = LoggedIn::kMemory;
  bool result_keeps_values = false;
};

/// How scenarios are drawn.
struct Drawing {
  size_t most_steps = 1;
  size_t fewest_steps = 1;
  std::vector<int> workers = {1, 2, 8};
  std::vector<KeptIn> kept_in = {KeptIn::kCountedMemory};
  LoggedIn logged_in = LoggedIn::kMemory;
};

/// Draws scenarios: chains, fans, layers, sparse and dense graphs. A scenario that fails
/// a test is shrunk to fewer steps first, then to less trouble.
rc::Gen<Scenario> Scenarios(const Drawing& drawing);

/// The same graph with nothing going wrong, run as a whole.
Scenario Calm(Scenario scenario);

/// Prints what is not as in a default scenario.
std::ostream& operator<<(std::ostream& out, const Scenario& scenario);

}  // namespace entrepot::stress
