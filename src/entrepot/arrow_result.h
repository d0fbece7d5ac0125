#pragma once

/// \file entrepot/arrow_result.h
/// The only bridge between Arrow's Status and ours: lets ENTREPOT_RETURN_IF_ERROR and
/// ENTREPOT_ASSIGN_OR_RETURN take both.

#include <arrow/result.h>
#include <arrow/status.h>

#include "entrepot/result.h"

namespace entrepot {

/// Translates a failed Arrow status; its code by kind (and by errno where it carries
/// one).
Error FromArrow(const arrow::Status& status);

/// Translates ours for code that Arrow calls back (streams, readers).
arrow::Status ToArrow(const Error& error);

/// Returns our error inside an Arrow status made by ToArrow; null otherwise.
const Error* OurErrorIn(const arrow::Status& status);

/// Translates a whole Arrow result, for `return FromArrow(reader->Next())`.
template <typename T>
Result<T> FromArrow(arrow::Result<T> result) {
  if (!result.ok()) return FromArrow(result.status());
  return std::move(result).ValueUnsafe();
}

namespace internal {

inline bool Succeeded(const arrow::Status& status) { return status.ok(); }
inline Error ErrorOf(const arrow::Status& status) { return FromArrow(status); }
template <typename T>
bool Succeeded(const arrow::Result<T>& result) {
  return result.ok();
}
template <typename T>
Error ErrorOf(const arrow::Result<T>& result) {
  return FromArrow(result.status());
}
template <typename T>
T TakeValue(arrow::Result<T>&& result) {
  return std::move(result).ValueUnsafe();
}

}  // namespace internal
}  // namespace entrepot
