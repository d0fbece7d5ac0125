#pragma once

/// \file entrepot/codec/leaves_internal.h
/// The leaf columns of Arrow data, in the order in which Parquet lays them out.

#include <cstdint>
#include <functional>

#include <arrow/type_fwd.h>

namespace entrepot {

/// Returns the number of leaf columns below a type.
int CountLeaves(const arrow::DataType& type);

/// Whether a column is, or holds at some depth, a dictionary.
bool HasDictionary(const arrow::Schema& schema);

/// Calls `visit` with the values of each leaf column of `array`, depth first. Of a list,
/// the values of the rows that `array` covers.
void VisitLeaves(const std::shared_ptr<arrow::Array>& array,
                 const std::function<void(const std::shared_ptr<arrow::Array>&)>& visit);

/// Returns the bytes of the values of all leaves.
std::int64_t ValueBytes(const std::shared_ptr<arrow::Array>& array);

/// Returns the bytes that encoding the rows of a batch has to go through: its values, and
/// the levels that nested values get.
std::int64_t EncodingBytes(const arrow::RecordBatch& batch);

}  // namespace entrepot
