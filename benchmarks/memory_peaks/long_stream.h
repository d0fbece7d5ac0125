#pragma once

/// \file benchmarks/memory_peaks/long_stream.h
/// Record batches that are made while they are read; long_stream.py has the same.

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "benchmarks/measurement.h"

namespace entrepot::benchmarks {

/// Rows i = 0, 1, …: i; a number between 0 and 1 that follows from i; one of 40 names.
class LongStream final : public arrow::RecordBatchReader {
 public:
  static constexpr std::int64_t kBytesOfRow = 28;
  static constexpr std::int64_t kRowsOfBatch = 200'000;

  explicit LongStream(std::int64_t rows) : rows_(rows) {}

  static double NumberOf(std::int64_t row) {
    const std::uint64_t mixed = static_cast<std::uint64_t>(row) * 0x9E3779B97F4A7C15u;
    return static_cast<double>(mixed >> 11) * 0x1p-53;
  }
  static std::string NameOf(std::int64_t row) {
    return fmt::format("name-{:03}", row % 40);
  }

  std::shared_ptr<arrow::Schema> schema() const override {
    return arrow::schema({arrow::field("id", arrow::int64()),
                          arrow::field("number", arrow::float64()),
                          arrow::field("name", arrow::utf8())});
  }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    const std::int64_t length = std::min(kRowsOfBatch, rows_ - next_);
    if (length == 0) {
      batch->reset();
      return arrow::Status::OK();
    }
    arrow::Int64Builder ids;
    arrow::DoubleBuilder numbers;
    arrow::StringBuilder names;
    for (const std::int64_t end = next_ + length; next_ < end; ++next_) {
      ARROW_RETURN_NOT_OK(ids.Append(next_));
      ARROW_RETURN_NOT_OK(numbers.Append(NumberOf(next_)));
      ARROW_RETURN_NOT_OK(names.Append(NameOf(next_)));
    }
    arrow::ArrayVector columns(3);
    ARROW_RETURN_NOT_OK(ids.Finish(&columns[0]));
    ARROW_RETURN_NOT_OK(numbers.Finish(&columns[1]));
    ARROW_RETURN_NOT_OK(names.Finish(&columns[2]));
    *batch = arrow::RecordBatch::Make(schema(), length, columns);
    return arrow::Status::OK();
  }

 private:
  std::int64_t rows_;
  std::int64_t next_ = 0;
};

/// Reads all of what must be a LongStream of `rows`.
inline void CheckStream(arrow::RecordBatchReader& reader, std::int64_t rows) {
  std::int64_t next = 0;
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    OrFail(reader.ReadNext(&batch));
    if (!batch) break;
    const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
    const auto& numbers = static_cast<const arrow::DoubleArray&>(*batch->column(1));
    const auto& names = static_cast<const arrow::StringArray&>(*batch->column(2));
    for (std::int64_t i = 0; i < batch->num_rows(); ++i, ++next) {
      Check(ids.Value(i) == next && numbers.Value(i) == LongStream::NumberOf(next) &&
                names.GetView(i) == LongStream::NameOf(next),
            "a row of the stream");
    }
  }
  Check(next == rows, "the number of rows");
}

}  // namespace entrepot::benchmarks
