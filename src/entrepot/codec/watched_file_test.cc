#include "entrepot/codec/watched_file_internal.h"

#include "entrepot/arrow_result.h"
#include "entrepot/codec/coding_for_test.h"
#include "entrepot/codec/registry.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

/// A file in memory whose store stops answering after some reads.
class UnreliableFile final : public arrow::io::RandomAccessFile {
 public:
  UnreliableFile(std::shared_ptr<arrow::Buffer> bytes, int good_reads)
      : memory_(std::move(bytes)), good_reads_(good_reads) {}

  using RandomAccessFile::ReadAt;
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t size, void* out) override {
    ARROW_RETURN_NOT_OK(Answer());
    return memory_.ReadAt(position, size, out);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position,
                                                       int64_t size) override {
    ARROW_RETURN_NOT_OK(Answer());
    return memory_.ReadAt(position, size);
  }
  arrow::Result<int64_t> Read(int64_t, void*) override { return Answer(); }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t) override {
    return Answer();
  }
  arrow::Result<int64_t> GetSize() override { return memory_.GetSize(); }
  arrow::Result<int64_t> Tell() const override { return 0; }
  arrow::Status Seek(int64_t) override { return arrow::Status::OK(); }
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }

  bool has_failed() const { return has_failed_; }

 private:
  arrow::Status Answer() {
    if (good_reads_-- > 0) return arrow::Status::OK();
    has_failed_ = true;
    return arrow::Status::IOError("the store does not answer");
  }

  arrow::io::BufferReader memory_;
  std::atomic<int> good_reads_;
  std::atomic<bool> has_failed_ = false;
};

Status ReadAll(const Codec& codec, const DecodeRequest& request) {
  ENTREPOT_ASSIGN_OR_RETURN(const Decoded decoded, codec.Decode(request));
  if (decoded.value.kind() != ValueKind::kStream) return {};
  ENTREPOT_RETURN_IF_ERROR(decoded.value.stream()->ToTable());
  return {};
}

TEST(WatchedFileTest, AStoreThatFailsIsNoDamage) {
  const auto table = OneColumn(arrow::utf8(), {R"(["a", "b", null])"});
  const CodecRegistry registry = CodecRegistry::WithBuiltins();
  for (const char* format : {"parquet", "arrow"}) {
    const auto codec = registry.ForFormat(format);
    const auto bytes = EncodeToMemory(*codec, Value::Table(table)).value();
    for (const bool as_stream : {false, true}) {
      for (int good_reads = 0;; ++good_reads) {
        const auto file = std::make_shared<UnreliableFile>(bytes, good_reads);
        const Status status = ReadAll(*codec, {.file = file, .as_stream = as_stream});
        if (!file->has_failed()) {
          EXPECT_THAT(status, IsOk());
          break;
        }
        EXPECT_THAT(status,
                    FailsWith(ErrorCode::kUnavailable, HasSubstr("does not answer")))
            << format << " after " << good_reads << " reads";
      }
    }
  }
}

}  // namespace
}  // namespace entrepot
