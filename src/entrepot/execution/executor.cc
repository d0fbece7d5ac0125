// The workers of a run, and what follows from a step's end.

#include "entrepot/execution/executor_internal.h"

#include <algorithm>
#include <random>

#include "entrepot/execution/process_identity.h"
#include "entrepot/execution/step_failure.h"
#include "entrepot/user_code.h"

namespace entrepot::internal {
namespace {

using std::chrono::milliseconds;
using Clock_ = std::chrono::steady_clock;

constexpr milliseconds kHelpAfter{1};
constexpr milliseconds kHelperLooksEvery{5};
constexpr milliseconds kPollEvery{20};

double RandomFraction() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace

Result<RunResult> Executor::Run() {
  if (options_.max_workers < 0)
    return Invalid("max_workers must not be negative: {}", options_.max_workers);
  ENTREPOT_RETURN_IF_ERROR(LogStarted());
  const Status prepared = CallUserCode([&] { return Prepare(); });
  if (!prepared) return GiveUp(prepared.error());

  num_unfinished_ = plan_.steps.size();
  last_taken_ = last_poll_ = Clock_::now();
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].waits_for == 0) ready_.push_back(i);
  }
  StartHelpers();
  Work(/*is_caller=*/true);
  helpers_.clear();  // Joins.
  InterruptRetries();

  const Status torn_down = run_resources_->TearDown();
  std::optional<Error> error = host_error_;
  if (!error && !torn_down) error = torn_down.error();
  RunStatus status = StatusOfSteps();
  if (host_error_ || (status == RunStatus::kSuccess && error))
    status = RunStatus::kFailure;
  const auto failed = std::ranges::find_if(states_, [](const StepState& state) {
    return state.outcome.status == StepStatus::kFailure;
  });
  ENTREPOT_RETURN_IF_ERROR(LogFinished(status, failed != states_.end()
                                                   ? failed->outcome.error->ToString()
                                               : error ? error->ToString()
                                                       : ""));

  std::vector<StepOutcome> outcomes;
  std::vector<std::vector<RunResult::KeptOutput>> outputs;
  for (StepState& state : states_) {
    auto& kept = outputs.emplace_back();
    for (OutputState& output : state.outputs) {
      kept.push_back({std::move(output.kept), std::move(output.source.manager),
                      std::move(output.source.output)});
    }
    outcomes.push_back(std::move(state.outcome));
  }
  return RunResult(run_id_, status, options_.instance, std::move(outcomes),
                   std::move(outputs), std::move(error));
}

Status Executor::LogStarted() {
  std::vector<Event> begin;
  const ProcessIdentity process = ThisProcess();
  begin.push_back({Clock::System().Now(), run_id_, "",
                   RunStarted{.host = process.host,
                              .pid = process.pid,
                              .process_start = process.start,
                              .num_steps = static_cast<int>(plan_.steps.size())}});
  return log_.Append(std::move(begin));
}

Status Executor::LogFinished(RunStatus status, const std::string& error) {
  std::vector<Event> end;
  end.push_back({Clock::System().Now(), run_id_, "",
                 RunFinished{.status = status, .error = error}});
  ENTREPOT_RETURN_IF_ERROR(log_.Append(std::move(end)));
  return log_.Flush();
}

/// Ends a run that fails before its first step, and returns why.
Error Executor::GiveUp(const Error& error) {
  (void)run_resources_->TearDown();  // Has logged what fails; the cause stays the error.
  const bool is_cancelled = error.code() == ErrorCode::kCancelled;
  const Status logged = LogFinished(
      is_cancelled ? RunStatus::kInterrupted : RunStatus::kFailure, error.ToString());
  return logged ? error : logged.error().While(error.ToString());
}

RunStatus Executor::StatusOfSteps() const {
  const auto any_is = [this](StepStatus status) {
    return std::ranges::any_of(states_, [status](const StepState& state) {
      return state.outcome.status == status;
    });
  };
  if (IsStopping() && any_is(StepStatus::kInterrupted)) return RunStatus::kInterrupted;
  return any_is(StepStatus::kFailure) ? RunStatus::kFailure : RunStatus::kSuccess;
}

void Executor::StartHelpers() {
  const int workers = options_.max_workers > 0
                          ? options_.max_workers
                          : static_cast<int>(std::thread::hardware_concurrency());
  const bool is_chain = std::ranges::all_of(
      plan_.steps, [](const PlannedStep& step) { return step.before.size() <= 1; });
  if (is_chain && ready_.size() <= 1) return;
  const int wanted = std::min(workers, static_cast<int>(plan_.steps.size())) - 1;
  for (int i = 0; i < wanted; ++i) {
    helpers_.emplace_back([this] { Work(/*is_caller=*/false); });
  }
}

void Executor::Work(bool is_caller) {
  bool is_warm = false;
  std::unique_lock lock(mutex_);
  while (num_unfinished_ > 0) {
    const auto step = NextStep(lock, is_caller, is_warm);
    if (!step) {
      if (IsStopping() && num_running_ == 0) break;
      continue;
    }
    ++num_running_;
    const auto begun = last_taken_;
    lock.unlock();
    Attempt(*step);
    lock.lock();
    --num_running_;
    is_warm = Clock_::now() - begun > kHelpAfter;
    if (!is_caller) step_ended_.notify_one();
  }
  run_ended_.notify_all();
}

/// Returns a step to run, or nothing after having waited for one.
std::optional<size_t> Executor::NextStep(std::unique_lock<std::mutex>& lock,
                                         bool is_caller, bool is_warm) {
  const auto now = Clock_::now();
  if (is_caller && options_.poll && now - last_poll_ > kPollEvery) {
    last_poll_ = now;
    lock.unlock();
    const auto stops = CallUserCode([&]() -> Result<bool> { return options_.poll(); });
    if (!stops) FailRun(stops.error().While("polling"));
    if (stops.value_or(true)) stop_.request_stop();
    lock.lock();
  }
  while (!delayed_.empty() && delayed_.top().due <= now) {
    ready_.push_back(delayed_.top().step);
    delayed_.pop();
  }
  const bool may_take = is_caller || is_warm || now - last_taken_ > kHelpAfter;
  if (!IsStopping() && !ready_.empty() && may_take) {
    const size_t step = ready_.front();
    ready_.pop_front();
    last_taken_ = now;
    return step;
  }
  if (num_unfinished_ == 0 || (IsStopping() && num_running_ == 0)) return std::nullopt;
  if (is_caller) {
    TimePoint until = now + kPollEvery;
    if (!delayed_.empty()) until = std::min(until, delayed_.top().due);
    step_ended_.wait_until(lock, until);
  } else {
    run_ended_.wait_for(lock, ready_.empty() ? kHelperLooksEvery : kHelpAfter);
  }
  return std::nullopt;
}

void Executor::Report(size_t step, StepStatus status, const std::string& error) {
  if (!options_.on_progress) return;
  RunProgress progress{.num_steps = static_cast<int>(plan_.steps.size()),
                       .num_finished = 0,
                       .step_key = plan_.steps[step].step_key,
                       .status = status,
                       .error = error};
  {
    const std::lock_guard lock(mutex_);
    progress.num_finished = progress.num_steps - static_cast<int>(num_unfinished_);
  }
  const Status told = CallUserCode([&]() -> Status {
    options_.on_progress(progress);
    return {};
  });
  if (!told) FailRun(told.error().While("telling of progress"));
}

/// Stops the run, which fails by the first of such errors: the host's own function threw.
void Executor::FailRun(Error error) {
  stop_.request_stop();
  const std::lock_guard lock(mutex_);
  if (!host_error_) host_error_ = std::move(error);
}

void Executor::Succeed(size_t step) {
  states_[step].outcome.error.reset();
  const std::vector<size_t> unfed = ReadersOfMissing(step);
  if (!unfed.empty()) {
    Skip(unfed,
         fmt::format("step '{}' did not make what it reads", plan_.steps[step].step_key));
  }
  {
    const std::lock_guard lock(mutex_);
    states_[step].outcome.status = StepStatus::kSuccess;
    --num_unfinished_;
    for (const size_t next : plan_.steps[step].before) {
      const bool is_last = --states_[next].waits_for == 0;
      if (is_last && states_[next].outcome.status != StepStatus::kSkipped)
        ready_.push_back(next);
    }
  }
  Report(step, StepStatus::kSuccess);
}

bool Executor::WillRetry(size_t step, const Error& error) const {
  if (!IsRetryable(error) || IsStopping()) return false;
  const auto details = FailureDetailsOf(error);
  if (details && !details->allow_retries) return false;
  const int max_retries = details && details->retry
                              ? details->retry->max_retries
                              : DefinitionOf(step).retry_policy.max_retries;
  return states_[step].outcome.attempts <= max_retries;
}

/// Returns how long to wait before a step that failed is tried again.
std::chrono::duration<double> Executor::DelayOf(size_t step, const Error& error) const {
  const auto details = FailureDetailsOf(error);
  if (details && details->retry) {
    return RetryDelay({.delay = details->retry->wait}, 1, 0);
  }
  return RetryDelay(DefinitionOf(step).retry_policy, states_[step].outcome.attempts,
                    RandomFraction());
}

void Executor::Fail(size_t step, const Error& error) {
  StepOutcome& outcome = states_[step].outcome;
  const bool retries = WillRetry(step, error);
  const auto delay = retries ? DelayOf(step, error) : std::chrono::duration<double>();
  if (!retries) ForgetUnstored(step);
  const bool is_cancelled = error.code() == ErrorCode::kCancelled;
  const StepStatus status = retries        ? StepStatus::kRetrying
                            : is_cancelled ? StepStatus::kInterrupted
                                           : StepStatus::kFailure;
  if (is_cancelled) stop_.request_stop();
  outcome.error = error;  // The one before may hold an exception: not under the lock.
  LogFailed(step, status);
  {
    const std::lock_guard lock(mutex_);
    outcome.status = status;
    if (retries) {
      delayed_.push(
          {Clock_::now() + std::chrono::duration_cast<Clock_::duration>(delay), step});
    } else {
      --num_unfinished_;
    }
  }
  // Not from the outcome: a step to be tried again may have begun in another thread.
  Report(step, status, error.message());
  if (!retries) SkipDependants(step);
}

/// Lets what could not be stored die with its step.
void Executor::ForgetUnstored(size_t step) {
  for (OutputState& output : states_[step].outputs) output.to_store = Value();
  states_[step].context = nullptr;
}

/// Ends the steps that were to be tried again when the run was stopped.
void Executor::InterruptRetries() {
  for (size_t step = 0; step < states_.size(); ++step) {
    StepOutcome& outcome = states_[step].outcome;
    if (outcome.status != StepStatus::kRetrying) continue;
    outcome.status = StepStatus::kInterrupted;
    ForgetUnstored(step);
    LogFailed(step, outcome.status);
    Report(step, outcome.status);
  }
}

/// Returns the steps that read an output which `step` has left out.
std::vector<size_t> Executor::ReadersOfMissing(size_t step) const {
  const auto& outputs = states_[step].outcome.outputs;
  std::vector<size_t> readers;
  if (std::ranges::all_of(outputs, &OutputOutcome::is_made)) return readers;
  for (const size_t next : plan_.steps[step].before) {
    for (const PlannedInput& input : plan_.steps[next].inputs) {
      const bool is_missing =
          std::ranges::any_of(input.makers, [&](const PlannedMaker maker) {
            return maker.step == step && !outputs[maker.output].is_made;
          });
      if (is_missing && (readers.empty() || readers.back() != next))
        readers.push_back(next);
    }
  }
  return readers;
}

/// Skips everything that needs `failed`, directly or not.
void Executor::SkipDependants(size_t failed) {
  Skip(plan_.steps[failed].before,
       fmt::format("step '{}' did not succeed", plan_.steps[failed].step_key));
}

/// Skips `pending` and everything that needs any of them.
void Executor::Skip(std::vector<size_t> pending, const std::string& reason) {
  while (!pending.empty()) {
    const size_t step = pending.back();
    pending.pop_back();
    {
      const std::lock_guard lock(mutex_);
      if (states_[step].outcome.status == StepStatus::kSkipped) continue;
      states_[step].outcome.status = StepStatus::kSkipped;
      --num_unfinished_;
    }
    Log(step, StepSkipped{.reason = reason});
    ReleaseInputs(step);
    Report(step, StepStatus::kSkipped);
    const auto& next = plan_.steps[step].before;
    pending.insert(pending.end(), next.begin(), next.end());
  }
}

/// Gives up a step's claim to what was handed over to it, so that it can die.
void Executor::ReleaseInputs(size_t step) {
  for (const PlannedInput& input : plan_.steps[step].inputs) {
    if (!input.is_made) continue;
    for (const PlannedMaker maker : input.makers) (void)TakeHandedOver(maker);
  }
}

}  // namespace entrepot::internal
