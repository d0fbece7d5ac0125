#pragma once

/// \file entrepot/testing/value_matchers.h
/// GoogleMock matchers for values: EqualsValue(v), HasDataOf(v).

#include <iosfwd>
#include <string>

#include <gmock/gmock.h>

#include "entrepot/value/value.h"

namespace entrepot {

/// Lets GoogleTest print values: table (pandas.DataFrame) of 3 rows × 2 columns.
void PrintTo(const Value& value, std::ostream* out);

namespace testing {

/// Returns what PrintTo prints.
std::string Describe(const Value& value);

/// Whether both are of one kind and hold the same data; types are not compared. Floating
/// point numbers are the same if their bits are, or both are NaN. Tables may be cut into
/// different chunks; their schemas' metadata must be the same. Streams and foreign
/// objects are the same only where they are one object.
bool HaveSameData(const Value& a, const Value& b);

/// Matches a value of the kind of `expected` that holds the same data.
MATCHER_P(HasDataOf, expected,
          (negation ? "does not hold the data of " : "holds the data of ") +
              Describe(expected)) {
  return HaveSameData(arg, expected);
}

/// Matches a value of the kind and type of `expected` that holds the same data.
MATCHER_P(EqualsValue, expected,
          (negation ? "differs from " : "equals ") + Describe(expected)) {
  return HaveSameData(arg, expected) && arg.type() == expected.type();
}

}  // namespace testing
}  // namespace entrepot
