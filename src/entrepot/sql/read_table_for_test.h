#pragma once

/// \file entrepot/sql/read_table_for_test.h
/// What the tests of SQL sources share: how they read.

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "entrepot/arrow_result.h"
#include "entrepot/sql/sql_source.h"

namespace entrepot {

/// Reads all that is selected; expects a table that Arrow finds whole.
inline Result<std::shared_ptr<arrow::Table>> ReadTable(const SqlSource& source,
                                                       const SqlSelect& select) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto reader, source.Read(select));
  ENTREPOT_ASSIGN_OR_RETURN(auto table, reader->ToTable());
  EXPECT_TRUE(table->ValidateFull().ok());
  return table;
}

/// Returns how many rows each batch has.
inline std::vector<std::int64_t> BatchSizes(arrow::RecordBatchReader& reader) {
  std::vector<std::int64_t> sizes;
  for (const auto& batch : reader) sizes.push_back(batch.ValueOrDie()->num_rows());
  return sizes;
}

}  // namespace entrepot
