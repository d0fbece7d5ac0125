// Streams of record batches: as their rows, in bounded memory, and broken ones.
#include <algorithm>
#include <cstdint>

#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include "entrepot/testing/codec_conformance_internal.h"
#include "entrepot/testing/temporary_folder.h"
#include "entrepot/value/traits.h"

namespace entrepot::testing::codec_conformance {
namespace {

/// Returns the subject's tables, if its codec takes streams of them.
std::vector<TablePtr> StreamedTables(const CodecUnderTest& subject) {
  std::vector<TablePtr> tables;
  for (const Value& value : OfKind(subject.values, ValueKind::kTable)) {
    if (TakesStreams(*subject.codec, value.table())) tables.push_back(value.table());
  }
  return tables;
}

void AStreamIsEncodedAsItsRows(const CodecUnderTest& subject) {
  const auto tables = StreamedTables(subject);
  if (tables.empty()) GTEST_SKIP() << "no streams";
  for (const TablePtr& table : tables) {
    const auto file = Encode(*subject.codec, StreamOf(table));
    ASSERT_THAT(file, IsOk());
    for (const bool as_stream : {false, true}) {
      const auto decoded = Decode(*subject.codec, *file, as_stream);
      ASSERT_THAT(decoded, IsOk());
      if (as_stream && subject.codec->info().streams) {
        EXPECT_EQ(decoded->value.kind(), ValueKind::kStream);
      }
      const auto rows = FromValue<TablePtr>(decoded->value);
      ASSERT_THAT(rows, IsOk());
      EXPECT_THAT(Value::Table(*rows), HasDataOf(Value::Table(table)));
    }
  }
}

void AStreamThatBreaksIsAnError(const CodecUnderTest& subject) {
  const auto tables = StreamedTables(subject);
  if (tables.empty()) GTEST_SKIP() << "no streams";
  for (const TablePtr& table : tables) {
    const auto encoded = Encode(*subject.codec, BreakingStreamOf(table));
    ASSERT_FALSE(encoded.has_value());
    EXPECT_THAT(encoded.error().ToString(), ::testing::HasSubstr("the source broke"));
  }
}

/// The most memory that Arrow held since this began.
class PeakMemory {
 public:
  void Look() {
    peak_bytes_ = std::max(
        peak_bytes_, arrow::default_memory_pool()->bytes_allocated() - before_bytes_);
  }
  std::int64_t bytes() const { return peak_bytes_; }

 private:
  const std::int64_t before_bytes_ = arrow::default_memory_pool()->bytes_allocated();
  std::int64_t peak_bytes_ = 0;
};

constexpr std::int64_t kBatchBytes = 1 << 20;

const std::shared_ptr<arrow::Schema>& LongSchema() {
  static const auto schema = arrow::schema({arrow::field("n", arrow::int64())});
  return schema;
}

/// Yields so many batches of a mebibyte of numbers that no encoding makes shorter.
class LongReader final : public arrow::RecordBatchReader {
 public:
  LongReader(std::int64_t num_batches, PeakMemory& memory)
      : batches_left_(num_batches), memory_(memory) {}
  std::shared_ptr<arrow::Schema> schema() const override { return LongSchema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    memory_.Look();
    batch->reset();
    if (batches_left_-- == 0) return arrow::Status::OK();
    constexpr std::int64_t kRows = kBatchBytes / 8;
    arrow::Int64Builder builder;
    ARROW_RETURN_NOT_OK(builder.Reserve(kRows));
    for (std::int64_t i = 0; i < kRows; ++i) builder.UnsafeAppend(NextNumber());
    ARROW_ASSIGN_OR_RAISE(const auto column, builder.Finish());
    *batch = arrow::RecordBatch::Make(LongSchema(), kRows, {column});
    return arrow::Status::OK();
  }

 private:
  std::int64_t NextNumber() {  // xorshift64
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::int64_t>(state_);
  }

  std::int64_t batches_left_;
  PeakMemory& memory_;
  std::uint64_t state_ = 88172645463325252u;
};

void StreamsNeedBoundedMemory(const CodecUnderTest& subject) {
  PeakMemory encoding;
  const std::int64_t num_batches = 2 * subject.stream_memory_bytes / kBatchBytes;
  const auto reader = std::make_shared<LongReader>(num_batches, encoding);
  if (!subject.codec->Takes(Value::Stream(reader))) GTEST_SKIP() << "no streams";
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/stream";
  const auto out = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  ASSERT_THAT(subject.codec->Encode(Value::Stream(reader), {}, *out), IsOk());
  ASSERT_TRUE(out->Close().ok());
  EXPECT_LE(encoding.bytes(), subject.stream_memory_bytes);

  if (!subject.codec->info().streams) return;
  PeakMemory decoding;
  const auto decoded = subject.codec->Decode(
      {.file = arrow::io::ReadableFile::Open(path).ValueOrDie(), .as_stream = true});
  ASSERT_THAT(decoded, IsOk());
  std::int64_t num_rows = 0;
  while (const auto batch = decoded->value.stream()->Next().ValueOrDie()) {
    num_rows += batch->num_rows();
    decoding.Look();
  }
  EXPECT_EQ(num_rows, num_batches * kBatchBytes / 8);
  EXPECT_LE(decoding.bytes(), subject.stream_memory_bytes);
}

constexpr Behaviour kBehaviours[] = {
    {"AStreamIsEncodedAsItsRows", AStreamIsEncodedAsItsRows},
    {"AStreamThatBreaksIsAnError", AStreamThatBreaksIsAnError},
    {"StreamsNeedBoundedMemory", StreamsNeedBoundedMemory},
};

}  // namespace

std::span<const Behaviour> StreamBehaviours() { return kBehaviours; }

}  // namespace entrepot::testing::codec_conformance
