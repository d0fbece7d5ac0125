#include "entrepot/io/stored_value.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "entrepot/codec/bytes_codec.h"
#include "entrepot/codec/text_codec.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;

Digests DigestsOf(const std::string& bytes) {
  return DigestOf(std::as_bytes(std::span(bytes)), {.sha256 = true});
}

/// Returns the receipt of `bytes` as its writer would have made it.
Receipt ReceiptOf(const std::string& bytes, std::string format) {
  const Digests digests = DigestsOf(bytes);
  return {.format = std::move(format),
          .codec_version = 1,
          .size_bytes = static_cast<std::int64_t>(bytes.size()),
          .digest = digests.xxh3,
          .sha256 = digests.sha256};
}

class FileInMemory final : public StoredFile {
 public:
  explicit FileInMemory(std::string bytes)
      : bytes_(arrow::Buffer::FromString(std::move(bytes))) {}
  std::int64_t size_bytes() const override { return bytes_->size(); }
  const std::string& attribute() const override { return attribute_; }
  Result<std::int64_t> modified() const override { return 0; }
  Result<std::shared_ptr<arrow::Buffer>> ReadAll() const override { return bytes_; }
  Result<std::shared_ptr<arrow::Buffer>> Map() const override { return bytes_; }
  std::shared_ptr<arrow::io::RandomAccessFile> AsRandomAccess() const override {
    return std::make_shared<arrow::io::BufferReader>(bytes_);
  }

 private:
  std::shared_ptr<arrow::Buffer> bytes_;
  std::string attribute_;
};

/// Stands for a format whose loading runs code, as pickle does. Remembers what it ran.
class CodeCodec final : public Codec {
 public:
  const CodecInfo& info() const override { return info_; }
  bool Takes(const Value&) const override { return false; }
  Result<Encoded> Encode(const Value&, const FileNotes&,
                         arrow::io::OutputStream&) const override {
    return Unsupported("it is only read here");
  }
  Result<Decoded> Decode(const DecodeRequest& request) const override {
    const auto size = request.file->GetSize().ValueOrDie();
    ran_ = request.file->ReadAt(0, size).ValueOrDie()->ToString();
    return Decoded{Value::Text(ran_), {}};
  }

  const std::string& ran() const { return ran_; }

 private:
  const CodecInfo info_ = {.format = "code",
                           .extension = "code",
                           .streams = true,
                           .runs_code = true,
                           .receipt_may_follow = true};
  mutable std::string ran_;
};

Result<Value> Load(const Codec& codec, const std::string& bytes, const Receipt* receipt,
                   LoadRequest request = {}, std::vector<Receipt> rows = {}) {
  const FileInMemory file(bytes);
  const std::string path = "/base/a.code";
  const InputContext context(
      {.upstream_output = std::make_shared<OutputContext>(OutputContext::Fields{
           .asset_key = AssetKey::Parse("a").value(), .receipts = std::move(rows)}),
       .request = std::move(request)});
  return LoadStoredValue(
      context, {.path = path, .codec = codec, .file = file, .receipt = receipt});
}

TEST(StoredValueTest, AFileThatGrewIsNotTakenForItsBeginning) {
  const Receipt receipt = ReceiptOf("a", "text");
  EXPECT_THAT(Load(*MakeTextCodec(), "abc", &receipt), FailsWith(ErrorCode::kCorrupt));
  // Nor where it was given the extension of another format.
  EXPECT_THAT(Load(*MakeBytesCodec(), "abc", &receipt), FailsWith(ErrorCode::kCorrupt));
}

TEST(StoredValueCodeTest, RunsWhereItsReceiptVouches) {
  const CodeCodec codec;
  const Receipt receipt = ReceiptOf("ours", "code");
  EXPECT_TRUE(Load(codec, "ours", &receipt).has_value());
  EXPECT_EQ(codec.ran(), "ours");
  // What follows the value (its trailing receipt) is not part of it.
  EXPECT_TRUE(Load(codec, "ours{}", &receipt).has_value());
  EXPECT_EQ(codec.ran(), "ours");
}

TEST(StoredValueCodeTest, OtherCodeOfEqualSizeUnderItsReceiptDoesNotRun) {
  const CodeCodec codec;
  const Receipt receipt = ReceiptOf("ours", "code");
  EXPECT_THAT(Load(codec, "evil", &receipt),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("was altered")));
  // The digest is no protection against somebody who can choose the bytes; the SHA-256
  // is. Here one that was forged to have the digest.
  Receipt forged = ReceiptOf("evil", "code");
  forged.sha256 = receipt.sha256;
  EXPECT_THAT(Load(codec, "evil", &forged),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("SHA-256")));
  EXPECT_THAT(Load(codec, "evil", &receipt, {.trust = true}),
              FailsWith(ErrorCode::kCorrupt));
  EXPECT_EQ(codec.ran(), "");
}

TEST(StoredValueCodeTest, CodeThatNobodyKnowsRunsOnlyIfItIsTrusted) {
  const CodeCodec codec;
  EXPECT_THAT(
      Load(codec, "evil", nullptr),
      FailsWith(ErrorCode::kUnsupported,
                AllOf(HasSubstr("/base/a.code"), HasSubstr(DigestsOf("evil").sha256),
                      HasSubstr("trust=True"))));
  Receipt without_sha256 = ReceiptOf("evil", "code");
  without_sha256.sha256 = "";
  EXPECT_THAT(Load(codec, "evil", &without_sha256), FailsWith(ErrorCode::kUnsupported));
  EXPECT_EQ(codec.ran(), "");
  EXPECT_TRUE(Load(codec, "evil", nullptr, {.trust = true}).has_value());
  EXPECT_EQ(codec.ran(), "evil");
}

TEST(StoredValueCodeTest, ARowOfTheLogVouchesForAFileWithoutAReceipt) {
  const CodeCodec codec;
  const std::vector<Receipt> rows = {ReceiptOf("ours", "code")};
  EXPECT_TRUE(Load(codec, "ours", nullptr, {}, rows).has_value());
  EXPECT_THAT(Load(codec, "evil", nullptr, {}, rows), FailsWith(ErrorCode::kUnsupported));
  EXPECT_EQ(codec.ran(), "ours");
}

TEST(StoredValueCodeTest, IsCheckedAlsoWhereAStreamIsAskedFor) {
  const CodeCodec codec;
  EXPECT_THAT(Load(codec, "evil", nullptr, {.as_stream = true}),
              FailsWith(ErrorCode::kUnsupported));
  EXPECT_EQ(codec.ran(), "");
}

}  // namespace
}  // namespace entrepot
