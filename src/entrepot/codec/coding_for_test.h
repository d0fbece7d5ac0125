#pragma once

/// \file entrepot/codec/coding_for_test.h
/// Encoding to memory and back, whole and damaged; for the tests of this folder.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/chunked_array.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include "entrepot/codec/codec.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {

inline Result<std::shared_ptr<arrow::Buffer>> EncodeToMemory(
    const Codec& codec, const Value& value, const FileNotes& notes = {}) {
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  ENTREPOT_ASSIGN_OR_RETURN(const Encoded encoded, codec.Encode(value, notes, *out));
  (void)encoded;
  return out->Finish().ValueOrDie();
}

inline Result<Decoded> DecodeFromMemory(const Codec& codec,
                                        std::shared_ptr<arrow::Buffer> bytes) {
  return codec.Decode(
      {.file = std::make_shared<arrow::io::BufferReader>(std::move(bytes)),
       .check_pages = true});
}

inline Result<Decoded> DecodeAsStream(const Codec& codec,
                                      std::shared_ptr<arrow::Buffer> bytes) {
  return codec.Decode(
      {.file = std::make_shared<arrow::io::BufferReader>(std::move(bytes)),
       .as_stream = true,
       .check_pages = true});
}

/// Returns what `value` comes back as.
inline Result<Value> RoundTrip(const Codec& codec, const Value& value) {
  ENTREPOT_ASSIGN_OR_RETURN(auto bytes, EncodeToMemory(codec, value));
  ENTREPOT_ASSIGN_OR_RETURN(Decoded decoded, DecodeFromMemory(codec, std::move(bytes)));
  return decoded.value;
}

inline std::shared_ptr<arrow::ChunkedArray> Chunked(
    const std::shared_ptr<arrow::DataType>& type,
    const std::vector<std::string>& chunks) {
  arrow::ArrayVector arrays;
  for (const std::string& chunk : chunks) {
    arrays.push_back(arrow::json::ArrayFromJSONString(type, chunk).ValueOrDie());
  }
  return std::make_shared<arrow::ChunkedArray>(std::move(arrays), type);
}

/// Returns a table of one column, "c".
inline TablePtr OneColumn(const std::shared_ptr<arrow::DataType>& type,
                          const std::vector<std::string>& chunks) {
  return arrow::Table::Make(arrow::schema({arrow::field("c", type)}),
                            {Chunked(type, chunks)});
}

/// Reads a stream to its end.
inline TablePtr ToTable(const Value& stream) {
  return stream.stream()->ToTable().ValueOrDie();
}

inline Value StreamOf(const TablePtr& table, std::int64_t batch_rows) {
  auto reader = std::make_shared<arrow::TableBatchReader>(table);
  reader->set_chunksize(batch_rows);
  return Value::Stream(std::move(reader));
}

inline constexpr std::int64_t kMiB = 1 << 20;

/// Forgets what is written, and remembers how much memory Arrow held meanwhile.
class PeakSink final : public arrow::io::OutputStream {
 public:
  arrow::Status Write(const void*, int64_t size_bytes) override {
    position_ += size_bytes;
    peak_ = std::max(peak_, arrow::default_memory_pool()->bytes_allocated() - before_);
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }

  std::int64_t peak() const { return peak_; }

 private:
  const std::int64_t before_ = arrow::default_memory_pool()->bytes_allocated();
  std::int64_t position_ = 0;
  std::int64_t peak_ = 0;
};

/// Uses all that a decoded value refers to; damage may show only now, as an error.
inline void Use(const Value& value) {
  if (value.kind() == ValueKind::kTable) (void)value.table()->ValidateFull();
  if (value.kind() != ValueKind::kStream) return;
  while (true) {
    const auto batch = value.stream()->Next();
    if (!batch.ok() || !*batch) return;
    (void)(*batch)->ValidateFull();
  }
}

/// Expects that no beginning of a file is taken for a file, and that a file with any byte
/// changed is an error or some value.
inline void ExpectDamageIsNoCrash(const Codec& codec, const arrow::Buffer& file) {
  const std::string good = file.ToString();
  for (size_t size = 0; size < good.size(); ++size) {
    const auto decoded =
        DecodeFromMemory(codec, arrow::Buffer::FromString(good.substr(0, size)));
    EXPECT_THAT(decoded, testing::FailsWith(ErrorCode::kCorrupt)) << size << " bytes";
  }
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i * 5 % 8)));
    const auto bytes = arrow::Buffer::FromString(bad);
    if (const auto table = DecodeFromMemory(codec, bytes)) Use(table->value);
    if (const auto stream = DecodeAsStream(codec, bytes)) Use(stream->value);
  }
}

}  // namespace entrepot
