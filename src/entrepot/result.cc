#include "entrepot/result.h"

#include <cstdio>
#include <cstdlib>

namespace entrepot {

void ThrowError(const Error& error) {
  if (error.exception()) std::rethrow_exception(error.exception());
  throw ErrorException(error);
}

namespace internal {

const Error& NotAnError() {
  static const Error error = Internal("a success was asked for its error");
  return error;
}

void CheckFailed(const char* condition, const char* file, int line) {
  // The process is about to end and no caller can be told: the one place that prints.
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}

}  // namespace internal
}  // namespace entrepot
