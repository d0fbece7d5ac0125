#include "entrepot/execution/step_failure.h"

namespace entrepot {

Error Failure(std::string description, FailureDetails details) {
  return Error::FromException(
      std::make_exception_ptr(StepFailure(std::move(description), std::move(details))));
}

Error RetryRequested(std::string why, RetryRequest request) {
  return Failure(std::move(why), {.retry = request});
}

std::optional<FailureDetails> FailureDetailsOf(const Error& error) {
  if (!error.exception()) return std::nullopt;
  try {
    std::rethrow_exception(error.exception());
  } catch (const FailureDetails& details) {
    return details;
  } catch (...) {
    return std::nullopt;  // Another exception, which stays in the error.
  }
}

}  // namespace entrepot
