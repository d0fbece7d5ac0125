/// \file entrepot/codec/parquet_codec.cc
/// Parquet for Arrow tables and streams.
///
/// Written: format version 2.6, zstd level 1, an encoding per column chosen by a sample
/// (column_encoding_internal.cc), page checksums, the Arrow schema, and the notes as
/// `entrepot.version` and `entrepot.type` among the file's own key-value metadata, from
/// where they are taken out again on reading.
///
/// Read: any Parquet file. Tables with columns in parallel; streams batch by batch.

#include "entrepot/codec/parquet_codec.h"

#include <exception>
#include <utility>

#include <arrow/table.h>
#include <parquet/exception.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/arrow_file_internal.h"
#include "entrepot/codec/bounded_parquet_writer_internal.h"
#include "entrepot/codec/parquet_reader_internal.h"
#include "entrepot/codec/parquet_schema_internal.h"
#include "entrepot/codec/watched_file_internal.h"

namespace entrepot {
namespace {

// Throws parquet's exceptions, too.
arrow::Result<Decoded> Read(const DecodeRequest& request,
                            const std::shared_ptr<WatchedFile>& file) {
  ARROW_ASSIGN_OR_RAISE(const OpenParquetFile opened, OpenParquet(request, file));
  if (request.as_stream) {
    ARROW_ASSIGN_OR_RAISE(auto stream, ReadParquetStream(opened));
    return MakeDecoded(Value::Stream(std::move(stream)), opened.notes);
  }
  ARROW_ASSIGN_OR_RAISE(auto table, ReadParquetTable(opened));
  return MakeDecoded(Value::Table(std::move(table)), opened.notes);
}

class ParquetCodec final : public Codec {
 public:
  const CodecInfo& info() const override { return info_; }

  bool Takes(const Value& value) const override {
    if (value.kind() == ValueKind::kTable)
      return exact_.Contains(*value.table()->schema());
    if (value.kind() == ValueKind::kStream)
      return exact_.Contains(*value.stream()->schema());
    return false;
  }

  Result<Encoded> Encode(const Value& value, const FileNotes& notes,
                         arrow::io::OutputStream& out) const override {
    if (!Takes(value)) {
      return Invalid(
          "Parquet does not give back every '{}' as it was, so this one is not "
          "written; the 'arrow' format does",
          ToString(value.kind()));
    }
    if (value.kind() == ValueKind::kTable) return EncodeTable(*value.table(), notes, out);
    return EncodeStream(*value.stream(), notes, out);
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    const auto file = std::make_shared<WatchedFile>(request.file);
    arrow::Result<Decoded> decoded;
    try {
      decoded = Read(request, file);
    } catch (const parquet::ParquetStatusException& e) {
      decoded = e.status();
    } catch (const std::exception& e) {
      decoded = arrow::Status::IOError(e.what());
    }
    if (!decoded.ok()) return file->Explain(decoded.status(), kParquetName);
    return *std::move(decoded);
  }

 private:
  static Result<Encoded> EncodeTable(const arrow::Table& table, const FileNotes& notes,
                                     arrow::io::OutputStream& out) {
    BoundedParquetWriter writer(table.schema(), out);
    ENTREPOT_RETURN_IF_ERROR(writer.Write(table));
    ENTREPOT_RETURN_IF_ERROR(writer.Finish(NotesToMetadata(notes)));
    return Encoded{.rows = writer.num_rows(), .schema = DescribeSchema(*table.schema())};
  }

  static Result<Encoded> EncodeStream(arrow::RecordBatchReader& stream,
                                      const FileNotes& notes,
                                      arrow::io::OutputStream& out) {
    BoundedParquetWriter writer(stream.schema(), out);
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      ENTREPOT_RETURN_IF_ERROR(stream.ReadNext(&batch));
      if (!batch) break;
      ENTREPOT_RETURN_IF_ERROR(writer.Append(std::move(batch)));
    }
    ENTREPOT_RETURN_IF_ERROR(writer.Finish(NotesToMetadata(notes)));
    return Encoded{.rows = writer.num_rows(), .schema = DescribeSchema(*stream.schema())};
  }

  const CodecInfo info_ = {.format = "parquet", .extension = "parquet", .streams = true};
  ExactParquetSchemas exact_;
};

}  // namespace

std::shared_ptr<const Codec> MakeParquetCodec() {
  return std::make_shared<ParquetCodec>();
}

}  // namespace entrepot
