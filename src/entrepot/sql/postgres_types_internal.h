#pragma once

/// \file entrepot/sql/postgres_types_internal.h
/// What PostgreSQL's types become.
///
/// The driver's own choice (integers, floats, text, bytea, dates, times, timestamps with
/// and without zone, intervals, arrays) but for: numeric(p, s) with p up to 38, which is
/// decimal128(p, s); numeric without a precision and all other types that only PostgreSQL
/// knows, which are text as it writes them where the driver gives text; and json, jsonb
/// (text) and uuid (16 bytes), which come without Arrow's extension types around them.

#include <memory>

#include <arrow/type_fwd.h>

#include "entrepot/result.h"

namespace entrepot {

/// Returns the batch with plain columns and without the driver's own notes.
///
/// Errors: kInvalid  a numeric that has no number ('NaN')
Result<std::shared_ptr<arrow::RecordBatch>> WithPlainTypes(
    const std::shared_ptr<arrow::RecordBatch>& batch);

}  // namespace entrepot
