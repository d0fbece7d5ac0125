#pragma once

/// \file entrepot/execution/step_failure.h
/// How a step, or a manager in its name, says more of its failure than a sentence:
///
///   return ep::Failure("the sensor was off", {.metadata = {{"sensor", 7}},
///                                             .allow_retries = false});
///   return ep::RetryRequested("the queue is full", {.max_retries = 5});

#include <chrono>
#include <exception>
#include <optional>
#include <string>

#include "entrepot/asset/metadata.h"
#include "entrepot/error.h"

namespace entrepot {

/// Asks for the step to be tried again, whatever its retry policy says.
struct RetryRequest {
  int max_retries = 1;  ///< Of the step in all; after them it has failed.
  std::chrono::duration<double> wait{0};
};

/// What goes with a failure. Plain data; a base of the exceptions that carry it.
struct FailureDetails {
  Metadata metadata{};        ///< Kept by the event log, unless a name is there twice.
  bool allow_retries = true;  ///< False: not even if the retry policy would.
  std::optional<RetryRequest> retry{};
};

/// What a step may throw, where it does not return an error. Immutable.
class StepFailure : public std::exception, public FailureDetails {
 public:
  explicit StepFailure(std::string description, FailureDetails details = {})
      : FailureDetails(std::move(details)), description_(std::move(description)) {}
  const char* what() const noexcept override { return description_.c_str(); }

 private:
  std::string description_;
};

/// Returns an error of kUserCode that carries `details`.
Error Failure(std::string description, FailureDetails details = {});

/// Returns an error that asks for another try.
Error RetryRequested(std::string why, RetryRequest request = {});

/// Returns what goes with an error; nullopt where it says nothing but its sentence.
std::optional<FailureDetails> FailureDetailsOf(const Error& error);

}  // namespace entrepot
