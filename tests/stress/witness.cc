#include "witness.h"

#include <stdexcept>
#include <thread>

namespace entrepot::stress {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

size_t StepOf(const std::string& step_key) { return std::stoul(step_key.substr(1)); }

AssetKey KeyOf(size_t step) { return AssetKey::Parse(StepName(step)).value(); }

/// Steps whose value nobody needs any more, by what this thread has seen.
thread_local std::vector<size_t> released;

}  // namespace

/// Stores and loads by another manager, where the scenario lets it.
class WitnessedIOManager final : public IOManager {
 public:
  WitnessedIOManager(std::shared_ptr<Witness> witness, std::shared_ptr<IOManager> inner)
      : witness_(std::move(witness)), inner_(std::move(inner)) {}

  Status HandleOutput(OutputContext& context, const Value& value) override {
    const size_t step = StepOf(context.step_key());
    if (witness_->MustFail(step, FailsIn::kStoring)) return Unavailable("storing failed");
    ENTREPOT_RETURN_IF_ERROR(inner_->HandleOutput(context, value));
    witness_->seen_[step].is_stored.store(true, kRelaxed);
    return {};
  }

  Result<Value> LoadInput(const InputContext& context) override {
    const bool is_for_step = !context.consumer().empty();
    if (is_for_step &&
        witness_->MustFail(StepOf(context.consumer()), FailsIn::kLoading)) {
      return Unavailable("loading failed");
    }
    return inner_->LoadInput(context);
  }

  std::optional<IOManagerInfo> Info() const override { return inner_->Info(); }

 private:
  std::shared_ptr<Witness> witness_;
  std::shared_ptr<IOManager> inner_;
};

Witness::Witness(const Scenario& scenario, const std::vector<ExpectedStep>& model,
                 std::shared_ptr<LiveValues> live, Faults& faults)
    : scenario_(scenario),
      model_(model),
      live_(std::move(live)),
      faults_(faults),
      seen_(model.size()) {
  released.clear();
  for (size_t i = 0; i < model_.size(); ++i) {
    ++seen_[i].ends_to_await;
    if (!model_[i].is_selected) continue;
    for (const size_t read : model_[i].reads) ++seen_[read].ends_to_await;
  }
}

Definitions Witness::Define(std::shared_ptr<IOManager> manager) {
  Definitions definitions;
  definitions.Bind("io_manager",
                   std::shared_ptr<IOManager>(std::make_shared<WitnessedIOManager>(
                       shared_from_this(), std::move(manager))));
  for (size_t i = 0; i < scenario_.steps.size(); ++i) {
    const StepPlan& plan = scenario_.steps[i];
    StepDefinition asset{.spec = {.key = KeyOf(i).ToUserString()}};
    asset.spec.outputs[0].key = KeyOf(i);
    for (const size_t read : model_[i].reads) {
      const auto name = fmt::format("input_{}", asset.spec.inputs.size());
      asset.spec.inputs.push_back({.name = name, .key = KeyOf(read)});
    }
    for (const size_t place : plan.follows) {
      if (place <= i) asset.spec.deps.push_back(KeyOf(i - place));
    }
    asset.retry_policy = {.max_retries = plan.max_retries, .delay = plan.retry_delay};
    asset.compute.inputs.resize(asset.spec.inputs.size());
    asset.compute.function = [this, i](StepContext& context, std::vector<Value> inputs) {
      return Compute(i, context, inputs);
    };
    definitions.Add(std::move(asset));
  }
  return definitions;
}

Result<Value> Witness::Compute(size_t step, const StepContext& context,
                               const std::vector<Value>& inputs) {
  const StepPlan& plan = scenario_.steps[step];
  Seen& seen = seen_[step];
  CheckBegin(step, context, inputs);
  if (plan.lasts.count() > 0) std::this_thread::sleep_for(plan.lasts);
  StopIfAsked(step);
  num_computing_.fetch_sub(1, kRelaxed);
  seen.is_computing.store(false, kRelaxed);

  const bool gives_up = scenario_.stopped_by == StoppedBy::kCancelledStep &&
                        step == scenario_.stopping_step % scenario_.steps.size();
  if (gives_up) return Cancelled("step {} gives up", step);
  if (MustFail(step, FailsIn::kThrowing)) {
    return Error::FromException(std::make_exception_ptr(std::runtime_error("thrown")));
  }
  // Where there is nothing to load or to store, neither can fail.
  const bool fails_here = MustFail(step, FailsIn::kComputing) ||
                          MustFail(step, FailsIn::kLoading) ||
                          (plan.returns_nothing && MustFail(step, FailsIn::kStoring));
  if (fails_here) return Unavailable("computing failed");
  if (plan.returns_nothing) {
    seen.is_stored.store(true, kRelaxed);
    return Value();
  }
  return MakeValue(step);
}

void Witness::CheckBegin(size_t step, const StepContext& context,
                         const std::vector<Value>& inputs) {
  Seen& seen = seen_[step];
  if (seen.is_computing.exchange(true, kRelaxed)) {
    faults_.Add("s{} was computed twice at a time", step);
  }
  const StepPlan& plan = scenario_.steps[step];
  const bool only_stores_again =
      plan.fails_in == FailsIn::kStoring && !plan.returns_nothing;
  if (seen.num_computed.fetch_add(1, kRelaxed) > 0 && only_stores_again) {
    faults_.Add("s{} was computed again after its value could not be stored", step);
  }
  if (num_computing_.fetch_add(1, kRelaxed) >= scenario_.workers) {
    faults_.Add("more than {} steps were computed at a time", scenario_.workers);
  }
  if (context.attempt() != seen.attempts.load(kRelaxed)) {
    faults_.Add("s{} was told of attempt {} in attempt {}", step, context.attempt(),
                seen.attempts.load(kRelaxed));
  }
  const ExpectedStep& expected = model_[step];
  for (const size_t needed : expected.upstream) {
    if (!seen_[needed].is_stored.load(kRelaxed)) {
      faults_.Add("s{} began before s{} was stored", step, needed);
    }
  }
  if (inputs.size() != expected.reads.size()) {
    faults_.Add("s{} got {} inputs", step, inputs.size());
    return;
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto number = NumberIn(inputs[i]);
    if (!number || *number != model_[expected.reads[i]].value) {
      faults_.Add("s{} got a wrong value of s{}", step, expected.reads[i]);
    }
  }
}

void Witness::StopIfAsked(size_t step) {
  if (step != scenario_.stopping_step % scenario_.steps.size()) return;
  if (scenario_.stopped_by == StoppedBy::kStep) stop_.request_stop();
  if (scenario_.stopped_by == StoppedBy::kPoll) {
    polled_stop_ = true;
    // Until the calling thread, if this is not it, has asked.
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
}

bool Witness::MustFail(size_t step, FailsIn where) const {
  const StepPlan& plan = scenario_.steps[step];
  return plan.fails_in == where &&
         seen_[step].attempts.load(kRelaxed) <= plan.failing_attempts;
}

Value Witness::MakeValue(size_t step) const {
  const std::int64_t number = model_[step].value;
  if (live_) {
    return Value::Foreign(std::make_shared<CountedNumber>(live_, step, number));
  }
  return ToValue(number).value();
}

void Witness::OnProgress(const RunProgress& progress) {
  const size_t step = StepOf(progress.step_key);
  seen_[step].last_reported.store(static_cast<int>(progress.status), kRelaxed);
  switch (progress.status) {
    case StepStatus::kStarted:
      CountBegin(step);
      break;
    case StepStatus::kRetrying:
      break;
    default:
      CountEnd(step, progress.status);
  }
}

void Witness::CountBegin(size_t step) {
  CheckReleased();
  seen_[step].attempts.fetch_add(1, kRelaxed);
  if (!stop_.stop_requested()) return;
  // Each of the others may have taken a step before and report it only now.
  const int most = scenario_.workers - (scenario_.stopped_by == StoppedBy::kStep ? 1 : 0);
  if (num_begun_after_stop_.fetch_add(1, kRelaxed) >= most) {
    faults_.Add("s{} began after the run was stopped", step);
  }
}

void Witness::CountEnd(size_t step, StepStatus status) {
  // Released by the other readers' threads: what they did before is seen here.
  const auto end_one = [&](size_t of) {
    const int left = seen_[of].ends_to_await.fetch_sub(1, std::memory_order_acq_rel) - 1;
    if (left == 0) released.push_back(of);
    if (left < 0)
      faults_.Add("s{} ended twice, the second time as '{}'", step, ToString(status));
  };
  end_one(step);
  for (const size_t read : model_[step].reads) end_one(read);
}

/// A thread that begins another step has left all of the one before behind.
void Witness::CheckReleased() {
  if (live_ && !scenario_.result_keeps_values) {
    for (const size_t step : released) {
      if (live_->of_step(step).load(kRelaxed) > 0) {
        faults_.Add("s{}'s value outlived its last reader", step);
      }
    }
  }
  released.clear();
}

std::optional<StepStatus> Witness::LastReported(size_t step) const {
  const int status = seen_[step].last_reported.load(kRelaxed);
  if (status < 0) return std::nullopt;
  return static_cast<StepStatus>(status);
}

Result<std::int64_t> NumberIn(const Value& value) {
  if (value.kind() == ValueKind::kNothing) return 0;
  if (value.kind() == ValueKind::kForeign) {
    return static_cast<const CountedNumber&>(*value.foreign()).number();
  }
  return FromValue<std::int64_t>(value);
}

}  // namespace entrepot::stress
