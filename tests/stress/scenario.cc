#include "scenario.h"

#include <array>
#include <ostream>

namespace entrepot::stress {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// How the steps of one graph are drawn.
struct Shape {
  size_t reach = 1;      // How many places back a step may look.
  int most_reads = 1;    // Steps a step reads.
  int most_follows = 0;  // Steps it waits for without reading.
  int failing_percent = 0;
  int long_percent = 0;
};

rc::Gen<std::vector<size_t>> Places(size_t reach, int most) {
  return rc::gen::resize(most,
                         rc::gen::container<std::vector<size_t>>(rc::gen::resize(
                             rc::kNominalSize, rc::gen::inRange<size_t>(1, reach + 1))));
}

template <typename T>
rc::Gen<T> Seldom(int percent, rc::Gen<T> gen) {
  return rc::gen::weightedOneOf<T>(
      {{static_cast<size_t>(100 - percent), rc::gen::just(T{})},
       {static_cast<size_t>(percent), std::move(gen)}});
}

rc::Gen<StepPlan> Steps(const Shape& shape) {
  using rc::gen::set;
  // Long enough for helpers, which wait a millisecond, to take part.
  const auto lasts = Seldom(shape.long_percent, rc::gen::just(microseconds(1500)));
  return rc::gen::build<StepPlan>(
      set(&StepPlan::reads, Places(shape.reach, shape.most_reads)),
      set(&StepPlan::follows, Places(shape.reach, shape.most_follows)),
      set(&StepPlan::returns_nothing, Seldom(5, rc::gen::just(true))),
      set(&StepPlan::failing_attempts,
          Seldom(shape.failing_percent, rc::gen::inRange(1, 4))),
      set(&StepPlan::fails_in, rc::gen::element(FailsIn::kComputing, FailsIn::kThrowing,
                                                FailsIn::kStoring, FailsIn::kLoading)),
      set(&StepPlan::max_retries, rc::gen::inRange(0, 4)),
      set(&StepPlan::retry_delay, Seldom(10, rc::gen::just(milliseconds(1)))),
      set(&StepPlan::lasts, lasts));
}

Shape DrawShape(size_t num_steps) {
  const std::array<size_t, 4> reaches = {1, 4, 40, num_steps};
  return {.reach = *rc::gen::elementOf(reaches),
          .most_reads = *rc::gen::element(1, 2, 6),
          .most_follows = *rc::gen::element(0, 0, 2),
          .failing_percent = *rc::gen::element(0, 1, 10, 30),
          .long_percent = num_steps < 100 ? *rc::gen::element(0, 5, 60) : 1};
}

/// Half of all graphs have ten steps at most: few threads meet in more interesting ways
/// than many, and a failure is understood sooner.
size_t DrawCount(const Drawing& drawing) {
  const size_t few = std::max<size_t>(drawing.fewest_steps, 10);
  const size_t most =
      *rc::gen::element(std::min(few, drawing.most_steps), drawing.most_steps);
  return *rc::gen::inRange(drawing.fewest_steps, most + 1);
}

std::vector<StepPlan> DrawSteps(const Drawing& drawing) {
  const size_t count = DrawCount(drawing);
  const auto steps =
      rc::gen::container<std::vector<StepPlan>>(count, Steps(DrawShape(count)));
  return *rc::gen::shrink(steps, [](std::vector<StepPlan> all) {
    return rc::seq::filter(rc::shrink::removeChunks(std::move(all)),
                           [](const auto& some) { return !some.empty(); });
  });
}

Scenario DrawScenario(const Drawing& drawing) {
  Scenario drawn;
  drawn.steps = DrawSteps(drawing);
  const size_t count = drawn.steps.size();
  drawn.selects = *rc::gen::weightedElement<Selects>({{4, Selects::kEverything},
                                                      {1, Selects::kSomeKeys},
                                                      {1, Selects::kUpstreamOfOne},
                                                      {2, Selects::kDownstreamOfOne}});
  const auto any_step = rc::gen::inRange<size_t>(0, count);
  drawn.selected = *rc::gen::nonEmpty(rc::gen::container<std::vector<size_t>>(any_step));
  drawn.stopped_by =
      *rc::gen::weightedElement<StoppedBy>({{4, StoppedBy::kNobody},
                                            {2, StoppedBy::kStep},
                                            {2, StoppedBy::kTimer},
                                            {1, StoppedBy::kPoll},
                                            {1, StoppedBy::kCancelledStep}});
  drawn.stopping_step = *any_step;
  drawn.stopped_after = microseconds(
      *rc::gen::inRange<int>(0, static_cast<int>(std::max<size_t>(2'000, 20 * count))));
  drawn.workers = *rc::gen::elementOf(drawing.workers);
  drawn.kept_in = *rc::gen::elementOf(drawing.kept_in);
  drawn.logged_in = drawing.logged_in;
  drawn.result_keeps_values = *rc::gen::arbitrary<bool>();
  return drawn;
}

std::string_view Name(FailsIn where) {
  constexpr std::array<std::string_view, 4> kNames = {"computing", "throwing", "storing",
                                                      "loading"};
  return kNames.at(static_cast<size_t>(where));
}

void PrintStep(std::ostream& out, const Scenario& scenario, size_t index) {
  const StepPlan& step = scenario.steps[index];
  out << "  s" << index;
  const auto print_places = [&](const std::vector<size_t>& places, const char* arrow) {
    for (const size_t place : places) {
      if (place <= index) out << arrow << 's' << index - place;
    }
  };
  print_places(step.reads, " ← ");
  print_places(step.follows, " after ");
  if (step.returns_nothing) out << ", returns nothing";
  if (step.failing_attempts > 0)
    out << ", fails " << step.failing_attempts << " times in " << Name(step.fails_in);
  if (step.max_retries > 0) out << ", " << step.max_retries << " retries";
  if (step.retry_delay.count() > 0) out << " after " << step.retry_delay.count() << " ms";
  if (step.lasts.count() > 0) out << ", lasts " << step.lasts.count() << " µs";
  out << '\n';
}

void PrintSelection(std::ostream& out, const Scenario& scenario) {
  if (scenario.selects == Selects::kEverything) return;
  const size_t count = scenario.steps.size();
  const size_t one = scenario.selected.front() % count;
  out << ", of which are run:";
  if (scenario.selects == Selects::kUpstreamOfOne) out << " +s" << one;
  if (scenario.selects == Selects::kDownstreamOfOne) out << " s" << one << '+';
  if (scenario.selects == Selects::kSomeKeys) {
    for (const size_t place : scenario.selected) out << " s" << place % count;
  }
}

void PrintStop(std::ostream& out, const Scenario& scenario) {
  constexpr std::array<std::string_view, 5> kNames = {"", "by the step", "by a timer",
                                                      "by what is polled, after step",
                                                      "by cancelling step"};
  if (scenario.stopped_by == StoppedBy::kNobody) return;
  out << ", stopped " << kNames.at(static_cast<size_t>(scenario.stopped_by));
  if (scenario.stopped_by == StoppedBy::kTimer) {
    out << " after " << scenario.stopped_after.count() << " µs";
  } else {
    out << " s" << scenario.stopping_step % scenario.steps.size();
  }
}

}  // namespace

rc::Gen<Scenario> Scenarios(const Drawing& drawing) {
  // Always at full size: how large a graph is says the drawing.
  return rc::gen::resize(rc::kNominalSize,
                         rc::gen::exec([drawing] { return DrawScenario(drawing); }));
}

Scenario Calm(Scenario scenario) {
  scenario.selects = Selects::kEverything;
  scenario.stopped_by = StoppedBy::kNobody;
  for (StepPlan& step : scenario.steps) {
    step.failing_attempts = 0;
    step.lasts = {};
  }
  return scenario;
}

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
  constexpr size_t kMostPrinted = 200;
  constexpr std::array<std::string_view, 3> kKept = {"counted memory", "memory", "files"};
  const size_t count = scenario.steps.size();
  out << count << " steps" << (count > kMostPrinted ? " (the first are shown)" : "")
      << " on " << scenario.workers << " threads, kept in "
      << kKept.at(static_cast<size_t>(scenario.kept_in)) << ", logged in "
      << (scenario.logged_in == LoggedIn::kMemory ? "memory" : "SQLite")
      << (scenario.result_keeps_values ? ", values kept by the result" : "");
  PrintSelection(out, scenario);
  PrintStop(out, scenario);
  out << ":\n";
  for (size_t i = 0; i < std::min(count, kMostPrinted); ++i) PrintStep(out, scenario, i);
  return out;
}

}  // namespace entrepot::stress
