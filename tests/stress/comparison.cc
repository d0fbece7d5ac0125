#include "comparison.h"

#include <algorithm>
#include <map>

namespace entrepot::stress {
namespace {

/// The outcomes by step; null where the result has none.
std::vector<const StepOutcome*> OutcomesOf(const RunResult& result, size_t num_steps) {
  std::vector<const StepOutcome*> outcomes;
  for (size_t i = 0; i < num_steps; ++i) {
    outcomes.push_back(result.Find(AssetKey::Parse(StepName(i)).value()));
  }
  return outcomes;
}

std::string_view StatusOf(const StepOutcome& outcome) { return ToString(outcome.status); }

/// A step that was begun and stopped before it had come to an end.
bool WasCutShort(const StepOutcome& outcome) {
  return outcome.status == StepStatus::kInterrupted && outcome.attempts > 0;
}

/// Of a run that nobody stopped, everything is known beforehand.
void CompareWhole(size_t step, const ExpectedStep& expected, const StepOutcome& outcome,
                  Faults& faults) {
  if (outcome.status != expected.status) {
    faults.Add("s{} ended as '{}', not '{}'", step, StatusOf(outcome),
               ToString(expected.status));
  }
  if (outcome.attempts != expected.attempts) {
    faults.Add("s{} was attempted {} times, not {}", step, outcome.attempts,
               expected.attempts);
  }
}

/// Of one that was stopped, it is known what may have been done.
void CompareStopped(size_t step, const StepPlan& plan, const ExpectedStep& expected,
                    const std::vector<const StepOutcome*>& outcomes, Faults& faults) {
  const StepOutcome& outcome = *outcomes[step];
  const auto upstream_is = [&](auto property) {
    return std::ranges::any_of(expected.upstream,
                               [&](size_t up) { return property(*outcomes[up]); });
  };
  const bool needs_unfinished = upstream_is(
      [](const StepOutcome& up) { return up.status != StepStatus::kSuccess; });
  const bool needs_failed = upstream_is([](const StepOutcome& up) {
    return up.status == StepStatus::kFailure || up.status == StepStatus::kSkipped;
  });
  if (outcome.attempts > 0 && needs_unfinished) {
    faults.Add("s{} was begun, though not all it needs had succeeded", step);
  }
  bool is_possible = false;
  switch (outcome.status) {
    case StepStatus::kSuccess:
      is_possible = outcome.attempts == plan.failing_attempts + 1 &&
                    plan.failing_attempts <= plan.max_retries;
      break;
    case StepStatus::kFailure:  // The stop may have saved it from being tried again.
      is_possible = outcome.attempts >= 1 && outcome.attempts <= plan.failing_attempts &&
                    outcome.attempts <= plan.max_retries + 1;
      break;
    case StepStatus::kSkipped:  // Also by one that was cancelled.
      is_possible = outcome.attempts == 0 && (needs_failed || upstream_is(WasCutShort));
      break;
    case StepStatus::kInterrupted:
      is_possible = outcome.attempts <= plan.max_retries + 1 && !needs_failed;
      break;
    default:
      break;
  }
  if (!is_possible) {
    faults.Add("s{} cannot have ended as '{}' after {} attempts", step, StatusOf(outcome),
               outcome.attempts);
  }
}

void CompareRunStatus(const Scenario& scenario,
                      const std::vector<const StepOutcome*>& outcomes,
                      const RunResult& result, Faults& faults) {
  const auto any = [&](StepStatus status) {
    return std::ranges::any_of(outcomes, [&](const StepOutcome* outcome) {
      return outcome != nullptr && outcome->status == status;
    });
  };
  const bool may_be_stopped = scenario.stopped_by != StoppedBy::kNobody;
  const RunStatus expected = may_be_stopped && any(StepStatus::kInterrupted)
                                 ? RunStatus::kInterrupted
                             : any(StepStatus::kFailure) ? RunStatus::kFailure
                                                         : RunStatus::kSuccess;
  if (result.status() != expected) {
    faults.Add("the run ended as '{}', not '{}'", ToString(result.status()),
               ToString(expected));
  }
}

void CompareOutput(size_t step, const ExpectedStep& expected, const StepOutcome& outcome,
                   const RunResult& result, Faults& faults) {
  const bool has_output = outcome.status == StepStatus::kSuccess && expected.value != 0;
  if (outcome.outputs[0].stored != has_output) {
    faults.Add("s{} {} a value", step,
               outcome.outputs[0].stored ? "stored" : "did not store");
  }
  const auto value = result.OutputValue(*outcome.outputs[0].key);
  if (!has_output) {
    if (value)
      faults.Add("s{} has an output, though it ended as '{}'", step, StatusOf(outcome));
    return;
  }
  const auto number = value ? NumberIn(*value) : value.error();
  if (!number) {
    faults.Add("the output of s{} cannot be read: {}", step, number.error().ToString());
  } else if (*number != expected.value) {
    faults.Add("the output of s{} is wrong", step);
  }
}

/// A value is handed over to every reader of the run's own steps, once.
void CompareInputs(size_t step, const Scenario& scenario,
                   const std::vector<ExpectedStep>& model, const StepOutcome& outcome,
                   Faults& faults) {
  if (outcome.status != StepStatus::kSuccess) return;
  const auto& reads = model[step].reads;
  if (outcome.inputs.size() != reads.size()) {
    faults.Add("s{} read {} inputs", step, outcome.inputs.size());
    return;
  }
  // Where only storing failed, the first attempt is the one that computed.
  const StepPlan& plan = scenario.steps[step];
  const bool only_stores_again =
      plan.fails_in == FailsIn::kStoring && !plan.returns_nothing;
  for (size_t i = 0; i < reads.size(); ++i) {
    const ExpectedStep& source = model[reads[i]];
    const bool expected = scenario.kept_in != KeptIn::kMemory && source.is_selected &&
                          source.value != 0 &&
                          (outcome.attempts == 1 || only_stores_again);
    if (outcome.inputs[i].handed_over != expected) {
      faults.Add("s{} {} handed the value of s{}", step, expected ? "was not" : "was",
                 reads[i]);
    }
  }
}

bool HasError(const StepOutcome& outcome) {
  return outcome.status == StepStatus::kFailure || WasCutShort(outcome);
}

void CompareStepRecords(const std::vector<const StepOutcome*>& outcomes,
                        const RunResult& result, Faults& faults) {
  const auto records = result.instance()->log().Steps(result.run_id()).value();
  std::map<std::string, const StepRecord*> by_key;
  for (const StepRecord& record : records) by_key[record.step_key] = &record;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i] == nullptr) continue;
    const StepOutcome& outcome = *outcomes[i];
    const auto found = by_key.find(outcome.step_key);
    const bool has_begun = outcome.attempts > 0 || outcome.status == StepStatus::kSkipped;
    if ((found != by_key.end()) != has_begun) {
      faults.Add("s{} ended as '{}', and the log {} it", i, StatusOf(outcome),
                 has_begun ? "does not know" : "knows");
    } else if (has_begun && (found->second->status != outcome.status ||
                             found->second->attempts != outcome.attempts)) {
      faults.Add("s{} ended as '{}' after {} attempts, by the log as '{}' after {}", i,
                 StatusOf(outcome), outcome.attempts, ToString(found->second->status),
                 found->second->attempts);
    }
    if (has_begun && found != by_key.end()) by_key.erase(found);
  }
  for (const auto& [key, record] : by_key) {
    faults.Add("the log knows of {}, and the result does not", key);
  }
}

void CompareMaterializations(const std::vector<ExpectedStep>& model,
                             const std::vector<const StepOutcome*>& outcomes,
                             const RunResult& result, Faults& faults) {
  EventLog& log = result.instance()->log();
  const auto materializations =
      log.Materializations({.run_id = result.run_id(), .limit = 1'000'000}).value();
  const auto num_succeeded =
      std::ranges::count_if(outcomes, [](const StepOutcome* outcome) {
        return outcome != nullptr && outcome->status == StepStatus::kSuccess;
      });
  if (std::ssize(materializations) != num_succeeded) {
    faults.Add("{} steps succeeded, and the log has {} materializations", num_succeeded,
               materializations.size());
  }
  for (const Materialization& made : materializations) {
    const size_t step = std::stoul(made.key.name().substr(1));
    const StepOutcome* outcome = outcomes.at(step);
    const EventIdRef id = outcome == nullptr ? nullptr : outcome->outputs[0].id;
    if (id == nullptr || id->load() != made.id) {
      faults.Add("the result does not know of materialization {} of s{}", made.id, step);
      continue;
    }
    const ExpectedStep& expected = model[step];
    if (made.inputs.size() != expected.reads.size()) {
      faults.Add("s{} read {} inputs by the log", step, made.inputs.size());
      continue;
    }
    for (size_t i = 0; i < made.inputs.size(); ++i) {
      const size_t read = expected.reads[i];
      const EventId source = made.inputs[i].source;
      const StepOutcome* made_by = outcomes[read];
      const bool is_right =
          source > 0 && source < made.id &&
          (made_by == nullptr || source == made_by->outputs[0].id->load());
      if (!is_right)
        faults.Add("s{} did not read materialization {} of s{}", step, source, read);
    }
  }
}

/// The events, one after the other, must tell a run that could have been.
void CompareEvents(const std::vector<ExpectedStep>& model, const RunResult& result,
                   Faults& faults) {
  const auto events = result.instance()
                          ->log()
                          .Events({.run_id = result.run_id(), .limit = 10'000'000})
                          .value();
  std::vector<int> attempts(model.size());
  std::vector<bool> has_ended(model.size());
  std::vector<bool> is_made(model.size());
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i].event;
    const bool is_edge = i == 0 || i + 1 == events.size();
    if (event.step_key.empty() != is_edge) faults.Add("event {} is out of place", i);
    if (event.step_key.empty()) continue;
    const size_t step = std::stoul(event.step_key.substr(1));
    if (has_ended[step]) faults.Add("s{} had an event after its end", step);
    if (const auto* started = std::get_if<StepStarted>(&event.data)) {
      if (started->attempt != ++attempts[step]) {
        faults.Add("attempt {} of s{} is logged as attempt {}", attempts[step], step,
                   started->attempt);
      }
      for (const size_t needed : model[step].upstream) {
        if (!is_made[needed]) faults.Add("s{} began before s{} was logged", step, needed);
      }
      continue;
    }
    const auto* failed = std::get_if<StepFailed>(&event.data);
    has_ended[step] = failed == nullptr || failed->status != StepStatus::kRetrying;
    is_made[step] = std::holds_alternative<Materialized>(event.data);
  }
}

}  // namespace

void CompareResult(const Scenario& scenario, const std::vector<ExpectedStep>& model,
                   const RunResult& result, const Witness& witness, Faults& faults) {
  const auto outcomes = OutcomesOf(result, model.size());
  const auto num_selected = std::ranges::count_if(model, &ExpectedStep::is_selected);
  if (std::ssize(result.steps()) != num_selected) {
    faults.Add("{} steps were selected, and the result lists {}", num_selected,
               result.steps().size());
  }
  CompareRunStatus(scenario, outcomes, result, faults);
  for (size_t i = 0; i < model.size(); ++i) {
    if (model[i].is_selected != (outcomes[i] != nullptr)) {
      faults.Add("s{} is {} the result", i, model[i].is_selected ? "not in" : "in");
    }
  }
  for (size_t i = 0; i < model.size(); ++i) {
    if (!model[i].is_selected || outcomes[i] == nullptr) continue;
    const StepOutcome& outcome = *outcomes[i];
    if (scenario.stopped_by == StoppedBy::kNobody) {
      CompareWhole(i, model[i], outcome, faults);
    } else {
      CompareStopped(i, scenario.steps[i], model[i], outcomes, faults);
    }
    CompareInputs(i, scenario, model, outcome, faults);
    CompareOutput(i, model[i], outcome, result, faults);
    if (outcome.error.has_value() != HasError(outcome)) {
      faults.Add("s{} ended as '{}' {} an error", i, StatusOf(outcome),
                 outcome.error ? "with" : "without");
    }
    const bool was_never_begun =
        outcome.status == StepStatus::kInterrupted && outcome.attempts == 0;
    const auto reported = witness.LastReported(i);
    if (reported != (was_never_begun ? std::nullopt : std::optional(outcome.status))) {
      faults.Add("s{} ended as '{}', and '{}' was reported", i, StatusOf(outcome),
                 reported ? ToString(*reported) : "nothing");
    }
  }
}

void CompareLog(const std::vector<ExpectedStep>& model, const RunResult& result,
                Faults& faults) {
  const auto outcomes = OutcomesOf(result, model.size());
  const auto runs = result.instance()->log().Runs({.run_id = result.run_id()}).value();
  if (runs.size() != 1 || runs[0].status != result.status()) {
    faults.Add("the log has another status of the run");
  }
  CompareStepRecords(outcomes, result, faults);
  CompareMaterializations(model, outcomes, result, faults);
  CompareEvents(model, result, faults);
}

}  // namespace entrepot::stress
