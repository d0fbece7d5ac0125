#pragma once

/// \file entrepot/testing/sample_values.h
/// Values of every kind that a file can hold, as the conformance suites store them.

#include <cstdint>
#include <vector>

#include "entrepot/value/value.h"

namespace entrepot::testing {

/// Returns two or more values each of bytes, text, JSON, tables and tensors, among them
/// empty ones and ones with nulls, NaN, odd characters and all 64 bits. Each is named by
/// a type, as its producer would.
std::vector<Value> SampleValues();

/// Returns files and folders, among them empty ones. What they name lives until the
/// program ends.
std::vector<Value> SampleFiles();

/// Returns those of `values` that are of `kind`.
std::vector<Value> OfKind(const std::vector<Value>& values, ValueKind kind);

/// Returns a table's rows as a stream of batches of at most `batch_rows`.
Value StreamOf(const TablePtr& table, std::int64_t batch_rows = 2);

/// Returns a stream that yields a table's rows and then fails with "the source broke".
Value BreakingStreamOf(const TablePtr& table);

}  // namespace entrepot::testing
