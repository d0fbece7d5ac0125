#include "entrepot/codec/bytes_codec.h"

#include "entrepot/codec/coding_for_test.h"

namespace entrepot {
namespace {

using testing::FailsWith;

const std::shared_ptr<const Codec> kCodec = MakeBytesCodec();

TEST(BytesCodecTest, BytesComeBack) {
  for (const std::string& bytes : {std::string(), std::string("\0\xff\n", 3)}) {
    const auto file = EncodeToMemory(*kCodec, Value::Bytes(bytes)).value();
    EXPECT_EQ(file->ToString(), bytes);
    EXPECT_EQ(DecodeFromMemory(*kCodec, file).value().value.bytes()->ToString(), bytes);
  }
}

TEST(BytesCodecTest, TakesOnlyBytes) {
  EXPECT_FALSE(kCodec->Takes(Value::Text("x")));
  EXPECT_THAT(EncodeToMemory(*kCodec, Value::Text("x")), FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace entrepot
