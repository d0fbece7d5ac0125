#include "entrepot/value/file_path.h"

#include <fstream>

#include <gmock/gmock.h>

#include "entrepot/value/scratch_folder.h"
#include "entrepot/value/traits.h"

namespace entrepot {
namespace {

using ::testing::HasSubstr;

TEST(StoredExtensionTest, IsThatOfTheName) {
  EXPECT_EQ(StoredExtension("/out/mesh.vtk"), "vtk");
  EXPECT_EQ(StoredExtension("run.2024.csv"), "csv");
  EXPECT_EQ(StoredExtension("data.TIF"), "TIF");
}

TEST(StoredExtensionTest, KeepsWhatWasCompressed) {
  EXPECT_EQ(StoredExtension("a.tar.gz"), "tar.gz");
  EXPECT_EQ(StoredExtension("brain.nii.gz"), "nii.gz");
  EXPECT_EQ(StoredExtension("a.gz"), "gz");
}

TEST(StoredExtensionTest, IsEmptyWhereThereIsNoneOrNoGoodOne) {
  EXPECT_EQ(StoredExtension("Makefile"), "");
  EXPECT_EQ(StoredExtension(".hidden"), "");
  EXPECT_EQ(StoredExtension("ends."), "");
  EXPECT_EQ(StoredExtension("a.b c"), "");
  EXPECT_EQ(StoredExtension("a.é"), "");
  EXPECT_EQ(StoredExtension("a.a23456789012345"), "a23456789012345");
  EXPECT_EQ(StoredExtension("a.a234567890123456"), "");
}

TEST(FilePathTest, BecomesAValueByWhatIsThere) {
  const auto scratch = ScratchFolder::Make().value();
  const FilePath file = scratch->NewFile("txt");
  std::ofstream(file.path()) << "text";
  const Value value = ToValue(file).value();
  EXPECT_EQ(value.kind(), ValueKind::kFile);
  EXPECT_EQ(value.type(), "entrepot::FilePath");
  EXPECT_EQ(FromValue<FilePath>(value).value(), file);
  EXPECT_EQ(FromValue<std::filesystem::path>(value).value(), file.path());
  const Value folder = ToValue(std::filesystem::path(scratch->path())).value();
  EXPECT_EQ(folder.kind(), ValueKind::kFolder);
  EXPECT_EQ(FromValue<FilePath>(folder).value().path(), scratch->path());
}

TEST(FilePathTest, OfNothingIsNoValue) {
  const auto value = ToValue(FilePath("/no/such/file"));
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(value.error().message(), HasSubstr("nothing at '/no/such/file'"));
  EXPECT_EQ(ToValue(FilePath("/dev/null")).error().code(), ErrorCode::kInvalid);
}

TEST(FilePathTest, IsNotMadeOfAnotherKind) {
  const auto path = FromValue<FilePath>(Value::Text("/a/path"));
  ASSERT_FALSE(path);
  EXPECT_THAT(path.error().message(),
              HasSubstr("cannot make a file or folder from a value of kind 'text'"));
}

}  // namespace
}  // namespace entrepot
