#include "entrepot/codec/object_codec.h"

#include <stdexcept>

#include "entrepot/codec/coding_for_test.h"
#include "entrepot/codec/registry.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

struct Mesh {
  std::vector<std::string> points;
};

ObjectFormat<Mesh> LinesFormat() {
  return {.format = "mesh",
          .extension = "mesh",
          .encode = [](const Mesh& mesh) -> Result<std::string> {
            if (mesh.points.empty()) return Invalid("a mesh needs points");
            std::string text;
            for (const std::string& point : mesh.points) text += point + "\n";
            return text;
          },
          .decode = [](std::string_view text) -> Result<Mesh> {
            if (text.empty() || text.back() != '\n') throw std::runtime_error("cut off");
            Mesh mesh;
            while (!text.empty()) {
              mesh.points.emplace_back(text.substr(0, text.find('\n')));
              text.remove_prefix(text.find('\n') + 1);
            }
            return mesh;
          }};
}

TEST(ObjectCodecTest, AnObjectComesBack) {
  const auto codec = MakeObjectCodec<Mesh>(LinesFormat());
  const auto loaded = RoundTrip(*codec, ToValue(Mesh{{"0 0", "0 1"}}).value());
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(FromValue<Mesh>(*loaded)->points, (std::vector<std::string>{"0 0", "0 1"}));
}

TEST(ObjectCodecTest, TakesObjectsOfItsTypeOnly) {
  const auto codec = MakeObjectCodec<Mesh>(LinesFormat());
  EXPECT_TRUE(codec->Takes(ToValue(Mesh{}).value()));
  EXPECT_FALSE(codec->Takes(Value::Text("0 0\n")));
  EXPECT_THAT(EncodeToMemory(*codec, Value::Text("0 0\n")),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'mesh' does not hold")));
}

TEST(ObjectCodecTest, WhatItsFunctionsReturnOrThrowIsTheError) {
  const auto codec = MakeObjectCodec<Mesh>(LinesFormat());
  EXPECT_THAT(EncodeToMemory(*codec, ToValue(Mesh{}).value()),
              FailsWith(ErrorCode::kInvalid, HasSubstr("needs points")));
  EXPECT_THAT(DecodeFromMemory(*codec, arrow::Buffer::FromString("0")),
              FailsWith(ErrorCode::kUserCode, HasSubstr("cut off")));
}

TEST(AssignedCodecTest, TheFirstTypeThatAValueHasCounts) {
  CodecRegistry codecs = CodecRegistry::WithBuiltins();
  ASSERT_THAT(codecs.Assign(ValueType::Of<Mesh>(), MakeObjectCodec<Mesh>(LinesFormat())),
              IsOk());
  ASSERT_THAT(codecs.Assign(ValueType::Named("arrow::Table"), "arrow"), IsOk());
  ASSERT_THAT(codecs.Assign(ValueType::Named("arrow::Table"), "parquet"), IsOk());
  const auto format_of = [&](const Value& value) {
    const AssignedCodec* assigned = codecs.AssignedTo(value);
    return assigned == nullptr ? "" : std::string(assigned->codec->info().format);
  };
  const TablePtr table = OneColumn(arrow::int64(), {"[1]"});
  EXPECT_EQ(format_of(ToValue(Mesh{}).value()), "mesh");
  EXPECT_EQ(format_of(ToValue(table).value()), "arrow");
  EXPECT_EQ(format_of(Value::Table(table, "polars.DataFrame")), "");
  EXPECT_EQ(format_of(Value()), "");
}

TEST(AssignedCodecTest, AFormatThatThereIsNotIsRefused) {
  CodecRegistry codecs = CodecRegistry::WithBuiltins();
  EXPECT_THAT(codecs.Assign(ValueType::Of<Mesh>(), "parket"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'parquet'")));
  ASSERT_THAT(codecs.Assign(ValueType::Of<Mesh>(), MakeObjectCodec<Mesh>(LinesFormat())),
              IsOk());
  EXPECT_THAT(codecs.Assign(ValueType::Named("x"), MakeObjectCodec<Mesh>(LinesFormat())),
              FailsWith(ErrorCode::kConflict, HasSubstr("'mesh'")));
}

}  // namespace
}  // namespace entrepot
