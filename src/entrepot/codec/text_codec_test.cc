#include "entrepot/codec/text_codec.h"

#include "entrepot/codec/coding_for_test.h"

namespace entrepot {
namespace {

using testing::FailsWith;

const std::shared_ptr<const Codec> kCodec = MakeTextCodec();

TEST(TextCodecTest, TextComesBackByteForByte) {
  for (const std::string& text :
       {std::string(), std::string("é\r\n\n"), std::string("a\0b", 3)}) {
    const auto bytes = EncodeToMemory(*kCodec, Value::Text(text)).value();
    EXPECT_EQ(bytes->ToString(), text);
    EXPECT_EQ(DecodeFromMemory(*kCodec, bytes).value().value.text(), text);
  }
}

TEST(TextCodecTest, NeitherReadsNorWritesWhatIsNotUtf8) {
  EXPECT_THAT(DecodeFromMemory(*kCodec, arrow::Buffer::FromString("\xff")),
              FailsWith(ErrorCode::kCorrupt));
  EXPECT_THAT(EncodeToMemory(*kCodec, Value::Text("\xff")),
              FailsWith(ErrorCode::kInvalid));
}

TEST(TextCodecTest, TakesOnlyText) {
  EXPECT_FALSE(kCodec->Takes(Value::Json("1")));
  EXPECT_THAT(EncodeToMemory(*kCodec, Value::Json("1")), FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace entrepot
