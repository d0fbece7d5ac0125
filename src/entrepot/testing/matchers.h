#pragma once

/// \file entrepot/testing/matchers.h
/// GoogleMock matchers for results: IsOk(), IsOkAndHolds(m), FailsWith(code, m).

#include <gmock/gmock.h>

#include "entrepot/result.h"

namespace entrepot::testing {

/// Matches a result that holds a value.
MATCHER(IsOk, negation ? "is an error" : "is a value") {
  if (arg.has_value()) return true;
  *result_listener << "which is the error: " << arg.error().ToString();
  return false;
}

/// Matches a result whose value matches `inner`.
MATCHER_P(IsOkAndHolds, inner, "") {
  if (!arg.has_value()) {
    *result_listener << "which is the error: " << arg.error().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(inner, *arg, result_listener);
}

/// Matches an error of `code` whose ToString() matches `text`.
MATCHER_P2(FailsWith, code, text, "") {
  if (arg.has_value()) {
    *result_listener << "which is no error";
    return false;
  }
  *result_listener << "which is " << ToString(arg.error().code()) << ": "
                   << arg.error().ToString();
  return arg.error().code() == code &&
         ::testing::ExplainMatchResult(text, arg.error().ToString(), result_listener);
}

/// Matches an error of `code`.
inline auto FailsWith(ErrorCode code) { return FailsWith(code, ::testing::_); }

}  // namespace entrepot::testing
