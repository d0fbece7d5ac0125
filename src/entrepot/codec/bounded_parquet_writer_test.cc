#include "entrepot/codec/bounded_parquet_writer_internal.h"

#include <algorithm>

#include <arrow/builder.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "entrepot/codec/coding_for_test.h"
#include "entrepot/codec/parquet_codec.h"

namespace entrepot {
namespace {

using testing::IsOk;

std::uint64_t Random(std::uint64_t& state) {
  state = state * 6364136223846793005 + 1442695040888963407;
  return state ^ (state >> 29);
}

/// A batch of numbers that no encoding can make smaller.
std::shared_ptr<arrow::RecordBatch> RandomNumbers(int columns, std::int64_t rows) {
  static std::uint64_t state = 1;
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (int c = 0; c < columns; ++c) {
    arrow::UInt64Builder builder;
    EXPECT_TRUE(builder.Reserve(rows).ok());
    for (std::int64_t i = 0; i < rows; ++i) builder.UnsafeAppend(Random(state));
    fields.push_back(arrow::field("c" + std::to_string(c), arrow::uint64()));
    arrays.push_back(builder.Finish().ValueOrDie());
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
}

/// Yields one batch again and again.
class Repeater final : public arrow::RecordBatchReader {
 public:
  Repeater(std::shared_ptr<arrow::RecordBatch> batch, int times)
      : batch_(std::move(batch)), times_(times) {}
  std::shared_ptr<arrow::Schema> schema() const override { return batch_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = times_-- > 0 ? batch_ : nullptr;
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::RecordBatch> batch_;
  int times_;
};

std::int64_t PeakOfStream(const std::shared_ptr<arrow::RecordBatch>& batch, int times) {
  PeakSink sink;
  const auto encoded = MakeParquetCodec()->Encode(
      Value::Stream(std::make_shared<Repeater>(batch, times)), {}, sink);
  EXPECT_THAT(encoded, IsOk());
  EXPECT_EQ(encoded->rows, batch->num_rows() * times);
  return sink.peak();
}

TEST(BoundedParquetWriterTest, StreamsOfUsualBatchesStayInBounds) {
  EXPECT_LE(PeakOfStream(RandomNumbers(6, 64 << 10), 60), 64 * kMiB);
}

TEST(BoundedParquetWriterTest, StreamsOfHugeBatchesStayInBounds) {
  EXPECT_LE(PeakOfStream(RandomNumbers(2, 8 << 20), 2), 64 * kMiB);
}

TEST(BoundedParquetWriterTest, StreamsOfTinyBatchesStayInBounds) {
  EXPECT_LE(PeakOfStream(RandomNumbers(2, 7), 50'000), 64 * kMiB);
}

TEST(BoundedParquetWriterTest, TinySlicesDoNotKeepLargeBatchesAlive) {
  const auto schema = RandomNumbers(1, 1)->schema();
  const std::int64_t before = arrow::default_memory_pool()->bytes_allocated();
  PeakSink sink;
  BoundedParquetWriter writer(schema, sink);
  for (int i = 0; i < 50; ++i) {
    ASSERT_THAT(writer.Append(RandomNumbers(1, 1 << 20)->Slice(i, 1)), IsOk());
  }
  EXPECT_LE(arrow::default_memory_pool()->bytes_allocated() - before, 1 * kMiB);
  EXPECT_THAT(writer.Finish(nullptr), IsOk());
}

TEST(BoundedParquetWriterTest, StreamsOfManyColumnsStayInBounds) {
  EXPECT_LE(PeakOfStream(RandomNumbers(1000, 1000), 40), 192 * kMiB);
}

TEST(BoundedParquetWriterTest, TablesStayInBounds) {
  for (const auto& batch : {RandomNumbers(4, 4 << 20), RandomNumbers(400, 50'000)}) {
    const auto table = arrow::Table::FromRecordBatches({batch}).ValueOrDie();
    PeakSink sink;
    EXPECT_THAT(MakeParquetCodec()->Encode(Value::Table(table), {}, sink), IsOk());
    EXPECT_LE(sink.peak(), 64 * kMiB) << batch->num_columns() << " columns";
  }
}

TEST(BoundedParquetWriterTest, LongNestedRowsStayInBounds) {
  // 64 million bits, each of which gets four bytes of levels.
  const std::int64_t bits = 64 << 20;
  const auto values = std::make_shared<arrow::BooleanArray>(
      bits, arrow::AllocateBuffer(bits / 8).ValueOrDie());
  std::memset(const_cast<std::uint8_t*>(values->values()->data()), 0x5a, bits / 8);
  arrow::Int32Builder offsets;
  for (std::int64_t i = 0; i <= 1024; ++i) {
    ASSERT_TRUE(offsets.Append(static_cast<std::int32_t>(i * (bits / 1024))).ok());
  }
  const auto lists =
      arrow::ListArray::FromArrays(*offsets.Finish().ValueOrDie(), *values).ValueOrDie();
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("l", lists->type())}), {lists});
  PeakSink sink;
  EXPECT_THAT(MakeParquetCodec()->Encode(Value::Table(table), {}, sink), IsOk());
  EXPECT_LE(sink.peak(), 64 * kMiB);
}

TEST(BoundedParquetWriterTest, TinyBatchesShareARowGroup) {
  const auto batch = RandomNumbers(2, 7);
  const auto bytes =
      EncodeToMemory(*MakeParquetCodec(),
                     Value::Stream(std::make_shared<Repeater>(batch, 3000)))
          .value();
  const auto metadata =
      parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(bytes))
          ->metadata();
  EXPECT_EQ(metadata->num_row_groups(), 1);
  EXPECT_EQ(metadata->num_rows(), 21'000);
}

TEST(BoundedParquetWriterTest, EqualTablesGiveEqualFiles) {
  const auto table =
      arrow::Table::FromRecordBatches({RandomNumbers(5, 300'000)}).ValueOrDie();
  const auto codec = MakeParquetCodec();
  const auto once = EncodeToMemory(*codec, Value::Table(table)).value();
  EXPECT_TRUE(once->Equals(*EncodeToMemory(*codec, Value::Table(table)).value()));
}

TEST(BoundedParquetWriterTest, StreamsAreReadInBoundedMemory) {
  const auto codec = MakeParquetCodec();
  const auto bytes = EncodeToMemory(*codec, Value::Stream(std::make_shared<Repeater>(
                                                RandomNumbers(6, 64 << 10), 40)))
                         .value();
  const std::int64_t before = arrow::default_memory_pool()->bytes_allocated();
  const Decoded decoded = DecodeAsStream(*codec, bytes).value();
  std::int64_t rows = 0;
  std::int64_t peak = 0;
  while (const auto batch = decoded.value.stream()->Next().ValueOrDie()) {
    rows += batch->num_rows();
    peak = std::max(peak, arrow::default_memory_pool()->bytes_allocated() - before);
  }
  EXPECT_EQ(rows, 40 * (64 << 10));
  EXPECT_LE(peak, 64 * kMiB);
}

}  // namespace
}  // namespace entrepot
