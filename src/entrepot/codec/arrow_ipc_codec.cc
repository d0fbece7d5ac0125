/// \file entrepot/codec/arrow_ipc_codec.cc
/// The Arrow IPC file format for tables and streams.
///
/// Written: uncompressed, so that a map of the file is the table (buffers are aligned to
/// 8 bytes; Arrow's writer cannot do more); the notes in the footer's custom metadata.
/// One record batch per chunk of the table or batch of the stream.
///
/// The format holds one dictionary per column, to which later batches may only append. So
/// dictionaries that differ grow from batch to batch (growing_dictionaries_internal.h),
/// and a table's columns that have them inside nested values become one chunk. Rows keep
/// their values.

#include "entrepot/codec/arrow_ipc_codec.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/builder.h>
#include <arrow/chunked_array.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <arrow/type_traits.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/key_value_metadata.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/arrow_file_internal.h"
#include "entrepot/codec/growing_dictionaries_internal.h"
#include "entrepot/codec/leaves_internal.h"
#include "entrepot/codec/watched_file_internal.h"

namespace entrepot {
namespace {

constexpr std::string_view kName = "Arrow IPC";

// Arrays that start inside their buffers get new offsets and bitmaps as they are written:
// 9 bytes a row and column at most, and never more than these rows at a time.
constexpr std::int64_t kRowsCopied = 256 << 10;

// Whether chunks of one type have the same dictionaries at all depths.
bool HaveSameDictionaries(const arrow::ArrayData& a, const arrow::ArrayData& b) {
  if (a.dictionary != b.dictionary &&
      !arrow::MakeArray(a.dictionary)->Equals(arrow::MakeArray(b.dictionary))) {
    return false;
  }
  return std::ranges::equal(a.child_data, b.child_data, [](const auto& x, const auto& y) {
    return HaveSameDictionaries(*x, *y);
  });
}

bool MustBeOneChunk(const arrow::ChunkedArray& column) {
  if (column.num_chunks() < 2 || column.type()->id() == arrow::Type::DICTIONARY)
    return false;
  return !std::ranges::all_of(column.chunks(), [&](const auto& chunk) {
    return HaveSameDictionaries(*column.chunk(0)->data(), *chunk->data());
  });
}

Result<TablePtr> WithOneDictionaryInside(const arrow::Table& table) {
  arrow::ChunkedArrayVector columns = table.columns();
  for (auto& column : columns) {
    if (!MustBeOneChunk(*column)) continue;
    ENTREPOT_ASSIGN_OR_RETURN(auto chunk, arrow::Concatenate(column->chunks()));
    column = std::make_shared<arrow::ChunkedArray>(std::move(chunk));
  }
  return arrow::Table::Make(table.schema(), std::move(columns), table.num_rows());
}

// Whether all dictionaries can be merged; true at once where there are none.
Status CheckDictionaries(const arrow::Table& table) {
  if (!HasDictionary(*table.schema())) return {};
  ENTREPOT_ASSIGN_OR_RETURN(const TablePtr merged, WithOneDictionaryInside(table));
  GrowingDictionaries dictionaries(*table.schema());
  arrow::TableBatchReader batches(*merged);
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ENTREPOT_RETURN_IF_ERROR(batches.ReadNext(&batch));
    if (!batch) return {};
    ENTREPOT_RETURN_IF_ERROR(dictionaries.Grow(batch));
  }
}

bool NeedsCopying(const arrow::RecordBatch& batch) {
  return std::ranges::any_of(batch.columns(),
                             [](const auto& column) { return column->offset() != 0; });
}

bool HasViews(const arrow::DataType& type) {
  return arrow::is_binary_view_like(type.id()) ||
         std::ranges::any_of(type.fields(),
                             [](const auto& field) { return HasViews(*field->type()); });
}

// Views are written with all the bytes that their buffers hold, however few rows are left
// of them; those of small slices are copied instead.
Result<std::shared_ptr<arrow::RecordBatch>> WithoutUnusedBytes(
    std::shared_ptr<arrow::RecordBatch> batch) {
  constexpr std::int64_t kTolerableBytes = 64 << 10;
  for (int i = 0; i < batch->num_columns(); ++i) {
    const auto& column = batch->column(i);
    const bool wastes = HasViews(*column->type()) &&
                        arrow::util::TotalBufferSize(*column) >
                            kTolerableBytes + 4 * (ValueBytes(column) + column->length());
    if (!wastes) continue;
    ENTREPOT_ASSIGN_OR_RETURN(const auto builder, arrow::MakeBuilder(column->type()));
    ENTREPOT_RETURN_IF_ERROR(
        builder->AppendArraySlice(*column->data(), 0, column->length()));
    ENTREPOT_ASSIGN_OR_RETURN(const auto copy, builder->Finish());
    ENTREPOT_ASSIGN_OR_RETURN(batch,
                              batch->SetColumn(i, batch->schema()->field(i), copy));
  }
  return batch;
}

// One file being written.
class IpcWriter {
 public:
  static Result<IpcWriter> Open(const std::shared_ptr<arrow::Schema>& schema,
                                const FileNotes& notes, arrow::io::OutputStream& out) {
    arrow::ipc::IpcWriteOptions options;
    options.emit_dictionary_deltas = true;
    ENTREPOT_ASSIGN_OR_RETURN(
        auto writer,
        arrow::ipc::MakeFileWriter(&out, schema, options, NotesToMetadata(notes)));
    return IpcWriter(*schema, std::move(writer));
  }

  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) {
    const std::int64_t rows = batch->num_rows();
    num_rows_ += rows;
    const bool copies = NeedsCopying(*batch) || dictionaries_.Changes(*batch);
    const std::int64_t rows_at_once = copies ? kRowsCopied : rows;
    for (std::int64_t row = 0; row < rows; row += rows_at_once) {
      const auto part = rows_at_once < rows ? batch->Slice(row, rows_at_once) : batch;
      ENTREPOT_ASSIGN_OR_RETURN(auto grown, dictionaries_.Grow(part));
      ENTREPOT_ASSIGN_OR_RETURN(grown, WithoutUnusedBytes(std::move(grown)));
      ENTREPOT_RETURN_IF_ERROR(writer_->WriteRecordBatch(*grown));
    }
    return {};
  }

  Status Finish() {
    ENTREPOT_RETURN_IF_ERROR(writer_->Close());
    return {};
  }

  std::int64_t num_rows() const { return num_rows_; }

 private:
  IpcWriter(const arrow::Schema& schema,
            std::shared_ptr<arrow::ipc::RecordBatchWriter> writer)
      : dictionaries_(schema), writer_(std::move(writer)) {}

  GrowingDictionaries dictionaries_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
  std::int64_t num_rows_ = 0;
};

Result<Encoded> EncodeStream(arrow::RecordBatchReader& stream, const FileNotes& notes,
                             arrow::io::OutputStream& out) {
  ENTREPOT_ASSIGN_OR_RETURN(IpcWriter writer,
                            IpcWriter::Open(stream.schema(), notes, out));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ENTREPOT_RETURN_IF_ERROR(stream.ReadNext(&batch));
    if (!batch) break;
    ENTREPOT_RETURN_IF_ERROR(writer.Write(batch));
  }
  ENTREPOT_RETURN_IF_ERROR(writer.Finish());
  return Encoded{.rows = writer.num_rows(), .schema = DescribeSchema(*stream.schema())};
}

Result<Encoded> EncodeTable(const arrow::Table& table, const FileNotes& notes,
                            arrow::io::OutputStream& out) {
  ENTREPOT_ASSIGN_OR_RETURN(const TablePtr merged, WithOneDictionaryInside(table));
  arrow::TableBatchReader batches(*merged);
  return EncodeStream(batches, notes, out);
}

// A file open for reading; batches keep its buffers, not the reader.
struct OpenFile {
  std::shared_ptr<WatchedFile> file;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader;
};

arrow::Result<Value> ReadTable(const OpenFile& opened) {
  arrow::RecordBatchVector batches;
  std::int64_t num_rows = 0;
  for (int i = 0; i < opened.reader->num_record_batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto batch, opened.reader->ReadRecordBatch(i));
    ARROW_RETURN_NOT_OK(batch->Validate());
    num_rows += batch->num_rows();
    batches.push_back(std::move(batch));
  }
  const auto schema = opened.reader->schema();
  ARROW_ASSIGN_OR_RAISE(TablePtr table, arrow::Table::FromRecordBatches(schema, batches));
  // Rows without columns.
  if (table->num_columns() == 0) {
    table = arrow::Table::Make(schema, arrow::ChunkedArrayVector(), num_rows);
  }
  return Value::Table(std::move(table));
}

Value ReadStream(const OpenFile& opened) {
  auto next = [reader = opened.reader,
               i = 0]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
    if (i == reader->num_record_batches()) return nullptr;
    return reader->ReadRecordBatch(i++);
  };
  return Value::Stream(std::make_shared<FileBatchReader>(
      opened.file, kName, opened.reader->schema(), std::move(next)));
}

arrow::Result<Decoded> Read(const DecodeRequest& request,
                            const std::shared_ptr<WatchedFile>& file) {
  OpenFile opened;
  opened.file = file;
  ARROW_ASSIGN_OR_RAISE(opened.reader, arrow::ipc::RecordBatchFileReader::Open(file));
  FileNotes notes = NotesFromMetadata(opened.reader->metadata().get());
  if (request.as_stream) return MakeDecoded(ReadStream(opened), std::move(notes));
  ARROW_ASSIGN_OR_RAISE(Value table, ReadTable(opened));
  return MakeDecoded(std::move(table), std::move(notes));
}

class ArrowIpcCodec final : public Codec {
 public:
  const CodecInfo& info() const override { return info_; }

  bool Takes(const Value& value) const override {
    if (value.kind() == ValueKind::kStream) return true;
    return value.kind() == ValueKind::kTable &&
           CheckDictionaries(*value.table()).has_value();
  }

  Result<Encoded> Encode(const Value& value, const FileNotes& notes,
                         arrow::io::OutputStream& out) const override {
    if (value.kind() == ValueKind::kTable) return EncodeTable(*value.table(), notes, out);
    if (value.kind() == ValueKind::kStream)
      return EncodeStream(*value.stream(), notes, out);
    return Invalid("Arrow IPC files hold tables and streams, not '{}'",
                   ToString(value.kind()));
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    const auto file = std::make_shared<WatchedFile>(request.file);
    arrow::Result<Decoded> decoded;
    try {
      decoded = Read(request, file);
    } catch (const std::exception& e) {
      decoded = arrow::Status::IOError(e.what());
    }
    if (!decoded.ok()) return file->Explain(decoded.status(), kName);
    return *std::move(decoded);
  }

 private:
  const CodecInfo info_ = {.format = "arrow", .extension = "arrow", .maps = true};
};

}  // namespace

std::shared_ptr<const Codec> MakeArrowIpcCodec() {
  return std::make_shared<ArrowIpcCodec>();
}

}  // namespace entrepot
