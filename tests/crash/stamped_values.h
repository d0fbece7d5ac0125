#pragma once

/// \file tests/crash/stamped_values.h
/// Values that carry one number in every part, so that a torn, mixed or old one shows.

#include <cstdint>

#include "entrepot/value/value.h"

namespace entrepot::testing {

/// Returns a value of `kind` (kTable, kTensor, kText or kJson) that carries `stamp`,
/// which is positive. Its size depends on the stamp.
Value Stamped(ValueKind kind, std::int64_t stamp);

/// Returns the number a value carries.
///
/// Errors: kCorrupt  it is not what Stamped made of any number
Result<std::int64_t> StampOf(const Value& value);

}  // namespace entrepot::testing
