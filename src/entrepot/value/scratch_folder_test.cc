#include "entrepot/value/scratch_folder.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include <gtest/gtest.h>

namespace entrepot {
namespace {

namespace fs = std::filesystem;

TEST(ScratchFolderTest, DiesWithItsLastOwner) {
  auto scratch = ScratchFolder::Make().value();
  const fs::path path = scratch->path();
  FilePath file = scratch->NewFile(".vtk");
  std::ofstream(file.path()) << "mesh";
  scratch.reset();
  EXPECT_TRUE(fs::exists(file.path()));
  file = FilePath();
  EXPECT_FALSE(fs::exists(path));
}

TEST(ScratchFolderTest, NewFilesAreNewAndHaveTheirExtension) {
  const auto scratch = ScratchFolder::Make().value();
  std::set<fs::path> paths;
  for (const char* extension : {".vtk", "vtk", "", ".tar.gz"}) {
    const FilePath file = scratch->NewFile(extension);
    EXPECT_FALSE(fs::exists(file.path()));
    EXPECT_EQ(file.path().parent_path(), scratch->path());
    EXPECT_TRUE(paths.insert(file.path()).second);
  }
  EXPECT_EQ(scratch->NewFile(".vtk").path().extension(), ".vtk");
  EXPECT_EQ(scratch->NewFile("vtk").path().extension(), ".vtk");
}

TEST(ScratchFolderTest, APathInItIsKeptAndAnotherIsNot) {
  auto scratch = ScratchFolder::Make().value();
  EXPECT_NE(scratch->Keeping(FilePath(scratch->path() / "deep" / "file")).owner(),
            nullptr);
  EXPECT_EQ(scratch->Keeping(FilePath(scratch->path().string() + "-not")).owner(),
            nullptr);
  EXPECT_EQ(scratch->Keeping(FilePath(scratch->path() / ".." / "file")).owner(), nullptr);
  const Value file =
      scratch->Keeping(Value::File(FilePath(scratch->path() / "f"), "type"));
  EXPECT_NE(file.file_path().owner(), nullptr);
  EXPECT_EQ(file.kind(), ValueKind::kFile);
  EXPECT_EQ(file.type(), "type");
}

TEST(ScratchFolderTest, IsMadeInAFolderThatIsNotThereYet) {
  const auto outer = ScratchFolder::Make().value();
  const auto inner = ScratchFolder::Make(outer->path() / "a" / "b").value();
  EXPECT_EQ(inner->path().parent_path(), outer->path() / "a" / "b");
  EXPECT_EQ(ScratchFolder::Make("/dev/null/x").error().code(), ErrorCode::kNotFound);
}

TEST(ScratchFolderTest, AForkedChildDoesNotRemoveIt) {
  auto scratch = ScratchFolder::Make().value();
  const fs::path path = scratch->path();
  const pid_t child = ::fork();
  if (child == 0) {
    scratch.reset();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(fs::exists(path));
}

}  // namespace
}  // namespace entrepot
