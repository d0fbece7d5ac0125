#include "entrepot/codec/json_codec.h"

#include "entrepot/codec/coding_for_test.h"

namespace entrepot {
namespace {

using testing::FailsWith;

const std::shared_ptr<const Codec> kCodec = MakeJsonCodec();

TEST(JsonCodecTest, TextComesBackByteForByte) {
  for (const char* json :
       {"null", " {\"b\": 1,\n \"a\": [1.50, \"\\u00e9\"]}\n", "\"é\""}) {
    const auto bytes = EncodeToMemory(*kCodec, Value::Json(json)).value();
    EXPECT_EQ(bytes->ToString(), json);
    EXPECT_EQ(DecodeFromMemory(*kCodec, bytes).value().value.json(), json);
  }
}

TEST(JsonCodecTest, OtherTextIsCorrupt) {
  // The last one begins with a byte-order mark, which Python's reader refuses.
  for (const char* text :
       {"", "{", "{'a': 1}", "[1] 2", "NaN", "1e999", "\"\xff\"", "\xEF\xBB\xBF{}"}) {
    EXPECT_THAT(DecodeFromMemory(*kCodec, arrow::Buffer::FromString(text)),
                FailsWith(ErrorCode::kCorrupt))
        << text;
    EXPECT_THAT(EncodeToMemory(*kCodec, Value::Json(text)),
                FailsWith(ErrorCode::kInvalid))
        << text;
  }
}

TEST(JsonCodecTest, DeepNestingIsNoCrash) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_THAT(DecodeFromMemory(*kCodec, arrow::Buffer::FromString(deep)),
              testing::IsOk());
}

TEST(JsonCodecTest, TakesOnlyJson) {
  EXPECT_TRUE(kCodec->Takes(Value::Json("1")));
  EXPECT_FALSE(kCodec->Takes(Value::Text("1")));
  EXPECT_THAT(EncodeToMemory(*kCodec, Value::Text("1")), FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace entrepot
