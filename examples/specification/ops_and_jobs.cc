/// \file examples/specification/ops_and_jobs.cc
/// Ops and jobs: steps without lasting names, connected by their outputs. An op may have
/// several outputs, be used twice, wait for others, and be tried again.

#include <iostream>
#include <numeric>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

ep::Status Split(const std::vector<int>& numbers, ep::StepContext& step) {
  std::vector<int> even;
  std::vector<int> odd;
  for (const int number : numbers) (number % 2 == 0 ? even : odd).push_back(number);
  ENTREPOT_RETURN_IF_ERROR(step.Yield("even", even));
  return step.Yield("odd", odd);
}

ep::Result<int> Sum(const std::vector<int>& numbers, ep::StepContext& step) {
  if (step.attempt() == 1) return ep::Unavailable("the first attempt is unlucky");
  return std::accumulate(numbers.begin(), numbers.end(), 0);
}

int main() {
  ep::Job job("sums");
  const auto numbers =
      job.Add(ep::Op("numbers").Compute([] { return std::vector{1, 2, 3, 4}; }));
  job.Add(ep::Op("split").Makes({.name = "even"}).Makes({.name = "odd"}).Compute(Split),
          {numbers});

  const auto sum = [] { return ep::Op("sum").Retry({.max_retries = 1}).Compute(Sum); };
  const auto even = job.Add(sum(), {ep::OutputName{"split", "even"}});
  const auto odd =
      job.Add(sum(), {ep::OutputName{"split", "odd"}});  // It is called "sum_2".
  job.Add(ep::Op("report").Compute(
              [](int even, int odd) { return fmt::format("{} and {}", even, odd); }),
          {even, odd});

  ep::Definitions defs;
  defs.Add(std::move(job));
  const ep::RunResult result = ep::ExecuteJob(defs, "sums").value();
  for (const ep::StepOutcome& step : result.steps()) {
    std::cout << step.step_key << ": attempts " << step.attempts << '\n';
  }
  // prints: numbers: attempts 1
  // prints: split: attempts 1
  // prints: sum: attempts 2
  // prints: sum_2: attempts 2
  // prints: report: attempts 1
  const auto report = result.OutputValue("report", "result").value();
  std::cout << ep::FromValue<std::string>(report).value() << '\n';
  // prints: 6 and 4
}
