#pragma once

/// \file entrepot/codec/arrow_file_internal.h
/// What the two formats of Arrow data (Parquet, Arrow IPC) share.

#include <functional>
#include <memory>
#include <string>

#include <arrow/record_batch.h>

#include "entrepot/codec/codec.h"
#include "entrepot/codec/watched_file_internal.h"

namespace entrepot {

/// Keys under which files carry their notes.
inline constexpr char kVersionKey[] = "entrepot.version";
inline constexpr char kTypeKey[] = "entrepot.type";

/// Returns the notes as a file's metadata; null where there are none.
std::shared_ptr<const arrow::KeyValueMetadata> NotesToMetadata(const FileNotes& notes);

/// Returns the notes in a file's metadata, which may be null.
FileNotes NotesFromMetadata(const arrow::KeyValueMetadata* metadata);

/// Returns `metadata` without the notes; null where nothing is left.
std::shared_ptr<const arrow::KeyValueMetadata> WithoutNotes(
    const std::shared_ptr<const arrow::KeyValueMetadata>& metadata);

/// Returns a schema for people, one line per column: "id: int64 not null".
std::string DescribeSchema(const arrow::Schema& schema);

/// Returns the value of what Decode read, with the notes' type.
Decoded MakeDecoded(Value value, FileNotes notes);

/// Lends `out` to writers that want to own their sink.
std::shared_ptr<arrow::io::OutputStream> Borrow(arrow::io::OutputStream& out);

/// Reads record batches of an open file. Owns, through `next`, all that the batches come
/// from; errors say whether the file or its store is to blame. One thread at a time.
class FileBatchReader final : public arrow::RecordBatchReader {
 public:
  /// Returns the next batch, or null at the end.
  using Next = std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>()>;

  FileBatchReader(std::shared_ptr<WatchedFile> file, std::string_view format,
                  std::shared_ptr<arrow::Schema> schema, Next next)
      : file_(std::move(file)),
        format_(format),
        schema_(std::move(schema)),
        next_(std::move(next)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;
  arrow::Status Close() override;

 private:
  std::shared_ptr<WatchedFile> file_;
  std::string_view format_;
  std::shared_ptr<arrow::Schema> schema_;
  Next next_;
};

}  // namespace entrepot
