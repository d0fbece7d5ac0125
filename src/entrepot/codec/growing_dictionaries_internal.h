#pragma once

/// \file entrepot/codec/growing_dictionaries_internal.h
/// Makes the dictionaries of a stream of record batches extend each other.

#include <memory>
#include <vector>

#include <arrow/array/array_dict.h>
#include <arrow/record_batch.h>

#include "entrepot/result.h"

namespace entrepot {

/// Rewrites the dictionary columns of batch after batch such that each column's
/// dictionary starts with all values of the one before: the only change that an Arrow IPC
/// file can express. Rows keep their values. One thread at a time.
class GrowingDictionaries {
 public:
  explicit GrowingDictionaries(const arrow::Schema& schema);

  /// Whether Grow has to write new indices for `batch`.
  bool Changes(const arrow::RecordBatch& batch) const;

  /// Returns `batch` with its top-level dictionaries grown out of those before.
  ///
  /// Errors: kUnsupported  the values of all dictionaries together are too many for the
  ///                       column's index type, or cannot be merged
  Result<std::shared_ptr<arrow::RecordBatch>> Grow(
      const std::shared_ptr<arrow::RecordBatch>& batch);

 private:
  struct Column {
    explicit Column(int index) : index(index) {}

    int index;
    std::shared_ptr<arrow::Array> given;   // The dictionary that came in last,
    std::shared_ptr<arrow::Buffer> moved;  // where its values went (null: nowhere),
    std::shared_ptr<arrow::Array> grown;   // and what it was merged into.
    std::unique_ptr<arrow::DictionaryUnifier> unifier;  // Null until a second one comes.
  };

  static arrow::Status Merge(const std::shared_ptr<arrow::Array>& dictionary,
                             const arrow::DictionaryType& type, Column& column);

  std::vector<Column> columns_;
};

}  // namespace entrepot
