#pragma once

/// \file examples/flights/tables.h
/// What the assets do with tables beyond single calls of Arrow's.

#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "entrepot/entrepot.h"

namespace flights {

namespace ep = entrepot;

/// Returns a column in one piece; text as utf8, whichever of Arrow's types it has (pandas
/// and polars store others).
///
/// Errors: kInvalid  there is none of that name
ep::Result<std::shared_ptr<arrow::Array>> Column(const arrow::Table& table,
                                                 const std::string& name);

/// Returns a column in one piece, as arrays of its type are, e.g. arrow::Int64Array.
///
/// Errors: kInvalid  there is none of that name; it has another type
template <typename ArrayType>
ep::Result<std::shared_ptr<ArrayType>> ColumnOf(const arrow::Table& table,
                                                const std::string& name) {
  auto column = Column(table, name);
  if (!column) return column.error();
  auto typed = std::dynamic_pointer_cast<ArrayType>(*column);
  if (!typed) {
    return ep::Invalid("column '{}' has type {}, not {}", name,
                       (*column)->type()->ToString(), ArrayType::TypeClass::type_name());
  }
  return typed;
}

/// Adds the columns of `right` to the rows of `left` that have the same `keys`; the
/// others get nulls. Rows stay in the order of `left`.
///
/// Errors: kInvalid  two rows of `right` have the same keys
ep::Result<ep::TablePtr> LeftJoin(const ep::TablePtr& left, const ep::TablePtr& right,
                                  const std::vector<std::string>& keys);

/// Returns a row per group of rows with the same `keys`, sorted by them: the keys, the
/// number of rows as "flights", and the mean of each integer column as "mean_<column>".
/// Nulls do not count; the mean of nothing is null.
ep::Result<ep::TablePtr> MeansBy(const ep::TablePtr& table,
                                 const std::vector<std::string>& keys,
                                 const std::vector<std::string>& columns);

/// Returns a table with these columns of another one, by their names or, where they are
/// given as {"old", "new"}, renamed.
struct Selected {
  Selected(const char* column) : Selected(column, column) {}  // NOLINT
  Selected(std::string column) : Selected(column, column) {}  // NOLINT
  Selected(std::string from, std::string to)
      : column(std::move(from)), name(std::move(to)) {}

  std::string column;
  std::string name;
};
ep::Result<ep::TablePtr> Select(const arrow::Table& table,
                                const std::vector<Selected>& columns);

}  // namespace flights
