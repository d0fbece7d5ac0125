#include "entrepot/codec/registry.h"

#include "entrepot/codec/coding_for_test.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsNull;
using testing::IsOk;

/// Takes nothing, and says what it is told to say.
class FakeCodec final : public Codec {
 public:
  explicit FakeCodec(CodecInfo info) : info_(info) {}
  const CodecInfo& info() const override { return info_; }
  bool Takes(const Value&) const override { return false; }
  Result<Encoded> Encode(const Value&, const FileNotes&,
                         arrow::io::OutputStream&) const override {
    return Internal("not called");
  }
  Result<Decoded> Decode(const DecodeRequest&) const override {
    return Internal("not called");
  }

 private:
  CodecInfo info_;
};

std::shared_ptr<const Codec> Fake(CodecInfo info) {
  return std::make_shared<FakeCodec>(info);
}

std::string FormatFor(const Value& value) {
  const auto codec = CodecRegistry::WithBuiltins().ForValue(value);
  return codec ? std::string((*codec)->info().format) : codec.error().ToString();
}

TEST(CodecRegistryTest, HasTheBuiltinsInOrderOfPreference) {
  std::vector<std::string> formats;
  const CodecRegistry registry = CodecRegistry::WithBuiltins();
  for (const auto& codec : registry.codecs()) formats.emplace_back(codec->info().format);
  EXPECT_THAT(formats,
              ElementsAre("parquet", "arrow", "npy", "json", "text", "bytes", "file"));
}

TEST(CodecRegistryTest, ChoosesByValue) {
  const TablePtr plain = OneColumn(arrow::int64(), {"[1]"});
  const TablePtr categories =
      OneColumn(arrow::dictionary(arrow::int8(), arrow::utf8()), {R"(["a"])"});
  EXPECT_EQ(FormatFor(Value::Table(plain)), "parquet");
  EXPECT_EQ(FormatFor(Value::Table(categories)), "arrow");
  EXPECT_EQ(FormatFor(StreamOf(plain, 1)), "parquet");
  EXPECT_EQ(FormatFor(StreamOf(categories, 1)), "arrow");
  const std::vector<double> elements = {1};
  EXPECT_EQ(
      FormatFor(Value::Tensor(Tensor::FromElements(std::span(elements), {1}).value())),
      "npy");
  EXPECT_EQ(FormatFor(Value::Json("{}")), "json");
  EXPECT_EQ(FormatFor(Value::Text("hello")), "text");
  EXPECT_EQ(FormatFor(Value::Bytes(std::string("\0", 1))), "bytes");
}

TEST(CodecRegistryTest, SaysWhatThereIsWhereNoCodecTakesAValue) {
  CodecRegistry registry;
  ASSERT_THAT(registry.Register(Fake({.format = "parquet", .extension = "parquet"})),
              IsOk());
  ASSERT_THAT(registry.Register(Fake({.format = "json", .extension = "json"})), IsOk());
  EXPECT_THAT(registry.ForValue(Value::Text("x")),
              FailsWith(ErrorCode::kUnsupported,
                        "no codec for value kind 'text' (formats: 'parquet', 'json'); "
                        "register one with CodecRegistry::Register"));
  EXPECT_THAT(
      registry.ForValue(Value::Text("x", "std::string")),
      FailsWith(ErrorCode::kUnsupported, HasSubstr("'text' of type 'std::string'")));
}

TEST(CodecRegistryTest, FindsByFormatAndExtension) {
  const CodecRegistry registry = CodecRegistry::WithBuiltins();
  EXPECT_EQ(registry.ForExtension("bin")->info().format, "bytes");
  EXPECT_EQ(registry.ForExtension("txt"), registry.ForFormat("text"));
  EXPECT_THAT(registry.ForFormat("bin"), IsNull());
  EXPECT_THAT(registry.ForExtension("csv"), IsNull());
}

TEST(CodecRegistryTest, RefusesASecondCodecOfAFormatOrExtension) {
  CodecRegistry registry = CodecRegistry::WithBuiltins();
  EXPECT_THAT(registry.Register(Fake({.format = "json", .extension = "jsn"})),
              FailsWith(ErrorCode::kConflict, HasSubstr("'json'")));
  EXPECT_THAT(registry.Register(Fake({.format = "json2", .extension = "json"})),
              FailsWith(ErrorCode::kConflict, HasSubstr("by format 'json'")));
}

TEST(CodecRegistryTest, LeavesOutCodecsThatRunCode) {
  CodecRegistry registry = CodecRegistry::WithBuiltins();
  ASSERT_THAT(registry.Register(
                  Fake({.format = "pickle", .extension = "pkl", .runs_code = true})),
              IsOk());
  EXPECT_THAT(registry.WithoutCode().ForFormat("pickle"), IsNull());
  EXPECT_EQ(registry.WithoutCode().codecs().size(), registry.codecs().size() - 1);
}

}  // namespace
}  // namespace entrepot
