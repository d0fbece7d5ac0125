#include "entrepot/io/stored_stream_internal.h"

#include <arrow/buffer.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "entrepot/arrow_result.h"
#include "entrepot/storage/digest.h"

namespace entrepot {
namespace {

Result<std::string> DigestOfFile(arrow::io::RandomAccessFile& file) {
  constexpr std::int64_t kPartBytes = 1 << 20;
  Digester digester;
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, file.GetSize());
  for (std::int64_t offset = 0; offset < size;) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto part, file.ReadAt(offset, kPartBytes));
    if (part->size() == 0) break;
    digester.Update({reinterpret_cast<const std::byte*>(part->data()),
                     static_cast<size_t>(part->size())});
    offset += part->size();
  }
  return digester.Current().xxh3;
}

class ReportingStream final : public arrow::RecordBatchReader {
 public:
  ReportingStream(std::shared_ptr<arrow::RecordBatchReader> stream, DamageReport report)
      : stream_(std::move(stream)), report_(std::move(report)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return stream_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    const arrow::Status status = stream_->ReadNext(batch);
    if (status.ok()) return status;
    const Error error = WithDigests(FromArrow(status), report_)
                            .While(fmt::format("reading '{}'", report_.path))
                            .While(fmt::format("loading {}", report_.value));
    return ToArrow(error);
  }

  arrow::Status Close() override { return stream_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> stream_;
  DamageReport report_;
};

}  // namespace

Error WithDigests(const Error& error, const DamageReport& report) {
  if (error.code() != ErrorCode::kCorrupt || report.expected_digest.empty()) return error;
  const auto found = DigestOfFile(*report.file);
  return Corrupt("{}; its digest is {}, but {} was stored", error.ToString(),
                 found ? *found : "unreadable", report.expected_digest);
}

std::shared_ptr<arrow::RecordBatchReader> Reporting(
    std::shared_ptr<arrow::RecordBatchReader> stream, DamageReport report) {
  return std::make_shared<ReportingStream>(std::move(stream), std::move(report));
}

}  // namespace entrepot
