#pragma once

/// \file entrepot/codec/parquet_schema_internal.h
/// Which Arrow schemas come back from Parquet as they went in.

#include <map>
#include <mutex>
#include <string>

#include <arrow/type_fwd.h>

namespace entrepot {

/// Answers, and remembers answers. Safe for concurrent use.
class ExactParquetSchemas {
 public:
  /// Whether a table of `schema` that goes through Parquet comes back equal: fields,
  /// types at all depths, and metadata.
  bool Contains(const arrow::Schema& schema) const;

 private:
  mutable std::mutex mutex_;
  mutable std::map<std::string, bool> known_;  // By serialized fields. Guarded by mutex_.
  mutable size_t known_bytes_ = 0;             // Guarded by mutex_.
};

}  // namespace entrepot
