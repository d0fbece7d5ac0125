#include "entrepot/execution/executor_internal.h"

#include <unistd.h>

#include <algorithm>
#include <random>

namespace entrepot::internal {
namespace {

using std::chrono::milliseconds;
using Clock_ = std::chrono::steady_clock;

constexpr milliseconds kHelpAfter{1};
constexpr milliseconds kHelperLooksEvery{5};
constexpr milliseconds kPollEvery{20};

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

/// What readers, and the run's result, may be given instead of the stored value read
/// back: immutable data itself, a foreign object only as its language's copy.
Value Handover(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kTable:
    case ValueKind::kBytes:
    case ValueKind::kText:
    case ValueKind::kJson:
      return value;
    case ValueKind::kForeign:
      return value.foreign()->HandedOver().value_or(Value());
    default:
      return Value();
  }
}

double RandomFraction() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace

Executor::Executor(const Definitions& definitions, const AssetGraph& graph, Plan plan,
                   MaterializeOptions options, std::string run_id)
    : definitions_(definitions),
      graph_(graph),
      plan_(std::move(plan)),
      options_(std::move(options)),
      run_id_(std::move(run_id)),
      log_(options_.instance->log()) {
  states_.reserve(plan_.steps.size());
  for (const PlannedStep& step : plan_.steps) states_.emplace_back(step);
}

Executor::StepState::StepState(const PlannedStep& step)
    : waits_for(static_cast<int>(step.after.size())),
      readers_left(step.num_readers),
      outcome{.step_key = step.step_key, .key = step.key, .partition = step.partition} {}

// ---- Before the first step ----

Result<const BoundManager*> Executor::ManagerFor(const std::string& key) {
  if (const auto found = managers_.find(key); found != managers_.end())
    return &found->second;
  std::shared_ptr<IOManager> manager;
  const auto binding = definitions_.io_managers().find(key);
  if (binding == definitions_.io_managers().end()) {
    ENTREPOT_ASSIGN_OR_RETURN(manager, options_.instance->DefaultIOManager());
  } else if (binding->second.manager) {
    manager = binding->second.manager;
  } else {
    auto made = binding->second.factory({*options_.instance, key, run_id_});
    if (!made) return made.error().While(fmt::format("making I/O manager '{}'", key));
    manager = *std::move(made);
    if (!manager) return Invalid("what makes I/O manager '{}' returned none", key);
  }
  const auto info = manager->Info();
  BoundManager bound{.manager = manager,
                     .record = options_.instance->RecordOf(key, *manager),
                     .is_lossless = info && info->is_lossless,
                     .is_volatile = info && info->is_volatile};
  return &managers_.emplace(key, std::move(bound)).first->second;
}

/// Finds where an input that the run does not make is: what the log knows of it, and the
/// manager that the definitions say, else the one that stored it.
Result<Executor::Source> Executor::FindExternal(const PlannedInput& input) {
  const auto node = graph_.Find(input.key);
  const auto facts = node ? graph_.nodes()[*node].spec.facts : nullptr;
  const std::string manager_key =
      node ? graph_.nodes()[*node].spec.io_manager_key : "io_manager";
  ENTREPOT_ASSIGN_OR_RETURN(const auto latest, log_.Latest(input.key, input.partition));
  if (latest) {
    Source source{.manager = nullptr,
                  .output = OutputContextOf(*latest, facts),
                  .materialization = MakeEventIdRef(latest->id),
                  .has_value = !latest->io_manager.key.empty()};
    if (!source.has_value) return source;
    if (node) {
      ENTREPOT_ASSIGN_OR_RETURN(const BoundManager* bound, ManagerFor(manager_key));
      source.manager = bound->manager;
    } else {
      ENTREPOT_ASSIGN_OR_RETURN(source.manager, options_.instance->ManagerOf(*latest));
    }
    return source;
  }
  ENTREPOT_ASSIGN_OR_RETURN(const BoundManager* bound, ManagerFor(manager_key));
  auto output = std::make_shared<const OutputContext>(
      OutputContext::Fields{.step_key = input.key.ToUserString(),
                            .asset_key = input.key,
                            .partition = input.partition,
                            .version = "",
                            .io_manager_key = manager_key,
                            .asset = facts});
  ENTREPOT_ASSIGN_OR_RETURN(const bool has, bound->manager->Has(*output));
  if (has) return Source{bound->manager, std::move(output), nullptr, true};
  return NotFound(
      "input '{}' is asset '{}', which {} and was never materialized in {}; {}",
      input.name, input.key.ToUserString(),
      node ? "this run does not make" : "no definition makes",
      options_.instance->Describe(),
      node ? "select it too ('+name' selects all upstream)" : "store it first");
}

Status Executor::Prepare() {
  std::map<std::string, std::any> resources = definitions_.resources();
  for (size_t i = 0; i < plan_.steps.size(); ++i) {
    const PlannedStep& step = plan_.steps[i];
    ENTREPOT_ASSIGN_OR_RETURN(states_[i].manager,
                              ManagerFor(DefinitionOf(i).spec.io_manager_key));
    for (const PlannedInput& input : step.inputs) {
      if (input.step || externals_.contains(input.key)) continue;
      auto source = FindExternal(input);
      if (!source) {
        return source.error().While(fmt::format("preparing step '{}'", step.step_key));
      }
      externals_.emplace(input.key, *std::move(source));
    }
  }
  for (const auto& [key, bound] : managers_) resources[key] = bound.manager;
  resources_ = std::make_shared<const Resources>(std::move(resources));
  return {};
}

// ---- The workers ----

Result<RunResult> Executor::Run() {
  std::vector<Event> begin;
  begin.push_back({Clock::System().Now(), run_id_, "",
                   RunStarted{.host = HostName(),
                              .pid = ::getpid(),
                              .process_start = ProcessStart(::getpid()).value_or(0),
                              .num_steps = static_cast<int>(plan_.steps.size())}});
  ENTREPOT_RETURN_IF_ERROR(log_.Append(std::move(begin)));

  num_unfinished_ = plan_.steps.size();
  last_taken_ = last_poll_ = Clock_::now();
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].waits_for == 0) ready_.push_back(i);
  }
  StartHelpers();
  Work(/*is_caller=*/true);
  helpers_.clear();  // Joins.

  const bool was_interrupted =
      IsStopping() && std::ranges::any_of(states_, [](const StepState& state) {
        return state.outcome.status == StepStatus::kInterrupted;
      });
  const auto failed = std::ranges::find_if(states_, [](const StepState& state) {
    return state.outcome.status == StepStatus::kFailure;
  });
  const RunStatus status = was_interrupted           ? RunStatus::kInterrupted
                           : failed != states_.end() ? RunStatus::kFailure
                                                     : RunStatus::kSuccess;
  std::vector<Event> end;
  end.push_back(
      {Clock::System().Now(), run_id_, "",
       RunFinished{
           .status = status,
           .error = failed == states_.end() ? "" : failed->outcome.error->ToString()}});
  ENTREPOT_RETURN_IF_ERROR(log_.Append(std::move(end)));
  ENTREPOT_RETURN_IF_ERROR(log_.Flush());

  std::vector<StepOutcome> outcomes;
  std::map<AssetKey, RunResult::StepOutput> outputs;
  for (StepState& state : states_) {
    if (state.outcome.status == StepStatus::kSuccess) {
      outputs.emplace(
          state.outcome.key,
          RunResult::StepOutput{std::move(state.kept), std::move(state.source.manager),
                                std::move(state.source.output)});
    }
    outcomes.push_back(std::move(state.outcome));
  }
  return RunResult(run_id_, status, options_.instance, std::move(outcomes),
                   std::move(outputs));
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
    if (options_.poll()) interrupted_ = true;
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

// ---- One step ----

void Executor::Log(size_t step, EventData data) {
  std::vector<Event> events;
  events.reserve(1);
  events.push_back(
      {Clock::System().Now(), run_id_, plan_.steps[step].step_key, std::move(data)});
  // What the log refuses fails the run when it is flushed; until then go on, so that
  // values on their way are stored.
  (void)log_.Append(std::move(events));
}

void Executor::Attempt(size_t step) {
  Report(step, StepStatus::kStarted);
  ++states_[step].outcome.attempts;
  const Status ran = RunStep(step);
  states_[step].outcome.finished = Clock::System().Now();
  if (ran) {
    Succeed(step);
  } else {
    Fail(step, ran.error());
  }
}

Status Executor::RunStep(size_t step) {
  const PlannedStep& planned = plan_.steps[step];
  StepOutcome& outcome = states_[step].outcome;
  Log(step, StepStarted{.attempt = outcome.attempts});
  const auto log =
      std::make_shared<EventStepLog>(log_, run_id_, planned.step_key, options_.on_log);
  const auto context = std::make_shared<StepContext>(
      StepContext::Fields{.run_id = run_id_,
                          .step_key = planned.step_key,
                          .asset_key = planned.key,
                          .partition = planned.partition,
                          .attempt = outcome.attempts,
                          .facts = DefinitionOf(step).spec.facts,
                          .resources = resources_,
                          .log = log,
                          .stop_token = options_.stop});
  ENTREPOT_ASSIGN_OR_RETURN(std::vector<Value> inputs, LoadInputs(step, log));
  const Stopwatch stopwatch;
  auto value = DefinitionOf(step).compute.function(*context, std::move(inputs));
  if (!value)
    return value.error().While(fmt::format("computing asset '{}'", planned.step_key));
  outcome.compute_seconds = stopwatch.seconds();
  return Store(step, *context, *std::move(value));
}

Result<std::vector<Value>> Executor::LoadInputs(size_t step,
                                                const std::shared_ptr<StepLog>& log) {
  const PlannedStep& planned = plan_.steps[step];
  states_[step].outcome.inputs.clear();
  std::vector<Value> inputs;
  inputs.reserve(planned.inputs.size());
  for (size_t i = 0; i < planned.inputs.size(); ++i) {
    auto value = LoadInput(step, i, log);
    if (!value) {
      return value.error().While(fmt::format("loading input '{}' of '{}'",
                                             planned.inputs[i].name, planned.step_key));
    }
    inputs.push_back(*std::move(value));
  }
  return inputs;
}

/// Takes what a step of this run left for its readers; the last reader takes it away.
Value Executor::TakeHandedOver(size_t step) {
  const std::lock_guard lock(mutex_);
  StepState& state = states_[step];
  if (--state.readers_left > 0) return state.handed_over;
  return std::exchange(state.handed_over, Value());
}

Result<Value> Executor::LoadInput(size_t step, size_t index,
                                  const std::shared_ptr<StepLog>& log) {
  const PlannedInput& input = plan_.steps[step].inputs[index];
  StepOutcome& outcome = states_[step].outcome;
  const Source& source =
      input.step ? states_[*input.step].source : externals_.at(input.key);
  InputRead read{.name = input.name,
                 .key = input.key,
                 .partition = input.partition,
                 .source = source.materialization};
  Value value;
  // A retry loads what the first attempt took.
  if (input.step && outcome.attempts == 1) value = TakeHandedOver(*input.step);
  if (value.kind() == ValueKind::kForeign) {
    value = value.foreign()->HandedOver().value_or(Value());  // To each reader its own.
  }
  read.handed_over = value.kind() != ValueKind::kNothing;
  if (!read.handed_over && source.has_value) {
    ENTREPOT_ASSIGN_OR_RETURN(value, LoadFrom(source, step, index, log, read.load));
  }
  outcome.inputs.push_back(std::move(read));
  return value;
}

Result<Value> Executor::LoadFrom(const Source& source, size_t step, size_t index,
                                 const std::shared_ptr<StepLog>& log,
                                 TransferStats& stats) {
  const AssetDefinition& definition = DefinitionOf(step);
  const AssetInput& declared = definition.spec.inputs[index];
  const InputContext context(
      {.name = declared.name,
       .step_key = plan_.steps[step].step_key,
       .run_id = run_id_,
       .upstream_output = source.output,
       .definition_metadata = declared.metadata,
       .host = declared.host,
       .log = log,
       .resources = resources_,
       .request = {.as_stream = definition.compute.wants_stream[index]}});
  const Stopwatch stopwatch;
  auto value = source.manager->LoadInput(context);
  stats = StatsOf(source.output->receipts(), stopwatch.seconds());
  return value;
}

Status Executor::Store(size_t step, const StepContext& context, Value value) {
  const PlannedStep& planned = plan_.steps[step];
  StepState& state = states_[step];
  const bool has_value = value.kind() != ValueKind::kNothing;
  auto output = std::make_shared<OutputContext>(
      OutputContext::Fields{.step_key = planned.step_key,
                            .run_id = run_id_,
                            .asset_key = planned.key,
                            .partition = planned.partition,
                            .version = has_value ? NewVersion() : "",
                            .io_manager_key = state.manager->record.key,
                            .asset = DefinitionOf(step).spec.facts,
                            .log = context.shared_log(),
                            .resources = resources_,
                            .output_metadata = context.output_metadata()});
  if (has_value) ENTREPOT_RETURN_IF_ERROR(HandOut(step, *output, std::move(value)));
  state.outcome.stored = has_value;
  state.outcome.receipts = output->receipts();
  state.outcome.metadata = output->output_metadata();
  state.outcome.id = MakeEventIdRef();
  LogMaterialized(step, *output);
  state.source = {state.manager->manager, std::move(output), state.outcome.id, has_value};
  return {};
}

/// Gives the value to its manager, and keeps of it what readers and the result may have.
Status Executor::HandOut(size_t step, OutputContext& output, Value value) {
  StepState& state = states_[step];
  const BoundManager& bound = *state.manager;
  const bool is_stream =
      value.kind() == ValueKind::kStream;  // Read once: by the manager.
  const Stopwatch stopwatch;
  ENTREPOT_RETURN_IF_ERROR(bound.manager->HandleOutput(output, value));
  state.outcome.store = StatsOf(output.receipts(), stopwatch.seconds());
  options_.instance->Remember(plan_.steps[step].key, plan_.steps[step].partition,
                              bound.manager);
  if (is_stream) return {};
  const bool only_here = bound.is_volatile || !bound.is_lossless;
  if (only_here) {
    state.kept = std::move(value);
    return {};
  }
  Value shared = Handover(value);
  if (shared.size_bytes() <= options_.keep_bytes) state.kept = shared;
  if (state.readers_left > 0) state.handed_over = std::move(shared);
  return {};
}

void Executor::LogMaterialized(size_t step, const OutputContext& output) {
  const StepState& state = states_[step];
  const StepOutcome& outcome = state.outcome;
  Log(step, Materialized{
                .key = outcome.key,
                .partition = outcome.partition,
                .id = outcome.id,
                .receipts = outcome.receipts,
                .metadata = outcome.metadata,
                .code_version = output.asset().code_version,
                .io_manager = outcome.stored ? state.manager->record : IOManagerRecord{},
                .inputs = outcome.inputs,
                .compute_seconds = outcome.compute_seconds,
                .store = outcome.store,
                .attempt = outcome.attempts});
}

// ---- What follows from its end ----

void Executor::Report(size_t step, StepStatus status) {
  if (!options_.on_progress) return;
  RunProgress progress{.num_steps = static_cast<int>(plan_.steps.size()),
                       .num_finished = 0,
                       .step_key = plan_.steps[step].step_key,
                       .status = status};
  {
    const std::lock_guard lock(mutex_);
    progress.num_finished = progress.num_steps - static_cast<int>(num_unfinished_);
  }
  options_.on_progress(progress);
}

void Executor::Succeed(size_t step) {
  states_[step].outcome.error.reset();
  {
    const std::lock_guard lock(mutex_);
    states_[step].outcome.status = StepStatus::kSuccess;
    --num_unfinished_;
    for (const size_t next : plan_.steps[step].before) {
      if (--states_[next].waits_for == 0) ready_.push_back(next);
    }
  }
  Report(step, StepStatus::kSuccess);
}

void Executor::Fail(size_t step, const Error& error) {
  const RetryPolicy& policy = DefinitionOf(step).retry_policy;
  StepOutcome& outcome = states_[step].outcome;
  const bool retries =
      IsRetryable(error) && outcome.attempts <= policy.max_retries && !IsStopping();
  const bool is_cancelled = error.code() == ErrorCode::kCancelled;
  const StepStatus status = retries        ? StepStatus::kRetrying
                            : is_cancelled ? StepStatus::kInterrupted
                                           : StepStatus::kFailure;
  Log(step, StepFailed{.status = status,
                       .attempt = outcome.attempts,
                       .code = std::string(ToString(error.code())),
                       .error = error.ToString()});
  if (is_cancelled) interrupted_ = true;
  outcome.error = error;  // The one before may hold an exception: not under the lock.
  {
    const std::lock_guard lock(mutex_);
    outcome.status = status;
    if (retries) {
      const auto delay = RetryDelay(policy, outcome.attempts, RandomFraction());
      delayed_.push(
          {Clock_::now() + std::chrono::duration_cast<Clock_::duration>(delay), step});
    } else {
      --num_unfinished_;
    }
  }
  Report(step, status);
  if (!retries) SkipDependants(step);
}

/// Skips everything that needs `failed`, directly or not.
void Executor::SkipDependants(size_t failed) {
  const std::string reason =
      fmt::format("step '{}' did not succeed", plan_.steps[failed].step_key);
  std::vector<size_t> pending = plan_.steps[failed].before;
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
    Report(step, StepStatus::kSkipped);
    ReleaseInputs(step);
    const auto& next = plan_.steps[step].before;
    pending.insert(pending.end(), next.begin(), next.end());
  }
}

/// Gives up a step's claim to what was handed over to it, so that it can die.
void Executor::ReleaseInputs(size_t step) {
  for (const PlannedInput& input : plan_.steps[step].inputs) {
    if (input.step) (void)TakeHandedOver(*input.step);
  }
}

}  // namespace entrepot::internal
