#include "entrepot/codec/file_codec.h"

#include <fstream>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <gmock/gmock.h>

#include "entrepot/value/scratch_folder.h"

namespace entrepot {
namespace {

std::string TextOf(const Value& value) {
  std::ifstream in(value.file_path().path());
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FileCodecTest, WritesTheFilesBytes) {
  const auto scratch = ScratchFolder::Make().value();
  const FilePath file = scratch->NewFile();
  const std::string text(3'000'000, 'm');
  std::ofstream(file.path()) << text;
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  ASSERT_TRUE(MakeFileCodec()->Encode(Value::File(file), {}, *out));
  EXPECT_EQ(out->Finish().ValueOrDie()->ToString(), text);
}

TEST(FileCodecTest, DecodesToTheFileItselfWhereThereIsOne) {
  const std::shared_ptr bytes = arrow::io::BufferReader::FromString("mesh");
  const auto decoded = MakeFileCodec()->Decode({.file = bytes, .path = "/a/mesh.vtk"});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->value.kind(), ValueKind::kFile);
  EXPECT_EQ(decoded->value.file_path().path(), "/a/mesh.vtk");
}

TEST(FileCodecTest, DecodesOtherBytesToATemporaryThatTheValueKeeps) {
  std::filesystem::path path;
  {
    const std::shared_ptr bytes = arrow::io::BufferReader::FromString("mesh");
    const auto decoded = MakeFileCodec()->Decode({.file = bytes});
    ASSERT_TRUE(decoded);
    EXPECT_EQ(TextOf(decoded->value), "mesh");
    path = decoded->value.file_path().path();
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(FileCodecTest, AFileThatIsGoneIsNotFound) {
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto encoded =
      MakeFileCodec()->Encode(Value::File(FilePath("/no/such/file")), {}, *out);
  ASSERT_FALSE(encoded);
  EXPECT_THAT(encoded.error().message(), ::testing::HasSubstr("/no/such/file"));
}

}  // namespace
}  // namespace entrepot
