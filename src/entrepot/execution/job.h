#pragma once

/// \file entrepot/execution/job.h
/// Computations without lasting names: ops, and the jobs that connect them.
///
///   ep::Job job("nightly");
///   const auto rows = job.Add(ep::Op("fetch").Compute(Fetch));
///   job.Add(ep::Op("report").Compute(Report), {rows});

#include <string>
#include <string_view>
#include <vector>

#include "entrepot/execution/step_definition.h"

namespace entrepot {

/// Builds the definition of an op: a step whose outputs belong to its run. As Asset. One
/// thread at a time.
class Op {
 public:
  explicit Op(std::string name);

  /// Names the function's parameters; without it they are "input_0" and so on.
  Op&& Takes(const std::vector<std::string>& names) &&;

  /// Adds an output, made by StepContext::Yield; without any there is one, "result",
  /// which the function returns.
  Op&& Makes(StepOutput output) &&;

  /// Of "result": where Makes says what there is, the key is said there.
  Op&& IOManagerKey(std::string key) &&;
  Op&& Retry(RetryPolicy policy) &&;

  /// Names resources that must be bound. (Others can be used, too.)
  Op&& RequiresResources(std::vector<std::string> keys) &&;

  /// Lets runs configure it: the function reads step.config<Options>().
  template <Configurable Options>
  Op&& Config() && {
    definition_.config = DeclareConfig<Options>();
    return std::move(*this);
  }

  template <typename F>
  Op&& Compute(F function) && {
    definition_.compute = MakeCompute(std::move(function));
    return std::move(*this);
  }

 private:
  friend class Job;
  StepDefinition definition_;
  bool has_outputs_ = false;  // Said by Makes.
  bool has_manager_ = false;  // Said by IOManagerKey.
  std::vector<std::string> parameters_;
};

/// Where an op's parameter gets its value.
class OpInput {
 public:
  /// An output of an op of the same job.
  OpInput(OutputName output) { input_.outputs = {std::move(output)}; }  // NOLINT

  /// Outputs of several ops: the parameter is a Partitions<T> of them, in this order.
  static OpInput List(std::vector<OutputName> outputs);

  /// An input manager, with nothing upstream.
  static OpInput LoadedBy(std::string input_manager_key);

  /// A value that is there already.
  static OpInput Given(Value value);

 private:
  friend class Job;
  OpInput() = default;
  StepInput input_;
  std::optional<Value> given_;
};

/// Ops and how they are connected. One thread at a time.
class Job {
 public:
  explicit Job(std::string name) : name_(std::move(name)) {}

  /// Adds an op under its own name (with "_2" and so on where that is taken), and returns
  /// its output "result"; others are {step, name}. `inputs` are in the order of the
  /// function's parameters.
  OutputName Add(Op op, const std::vector<OpInput>& inputs = {},
                 const std::vector<OutputName>& after = {});

  /// Adds a step as it is.
  void Add(StepDefinition step) { steps_.push_back(std::move(step)); }

  const std::string& name() const { return name_; }
  const std::vector<StepDefinition>& steps() const { return steps_; }
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  std::string FreeName(const std::string& name) const;

  std::string name_;
  std::vector<StepDefinition> steps_;
  std::vector<std::string> faults_;
};

}  // namespace entrepot
