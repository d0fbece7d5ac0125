#include "entrepot/value/scratch_folder.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

namespace entrepot {
namespace {

namespace fs = std::filesystem;

/// A process that has a scratch folder with a file in `parent`, until it is killed.
class OtherProcess {
 public:
  explicit OtherProcess(const fs::path& parent) {
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    child_ = ::fork();
    if (child_ == 0) {
      const auto scratch = ScratchFolder::Make(parent).value();
      std::ofstream(scratch->NewFile().path()) << "mesh";
      (void)!::write(pipe[1], "x", 1);
      ::pause();
    }
    char made = 0;
    EXPECT_EQ(::read(pipe[0], &made, 1), 1);
    ::close(pipe[0]);
    ::close(pipe[1]);
  }
  ~OtherProcess() { Kill(); }

  void Kill() {
    if (child_ == 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(std::exchange(child_, 0), nullptr, 0);
  }

 private:
  pid_t child_;
};

/// A folder that is not there yet, and goes with the test.
class ScratchParentTest : public ::testing::Test {
 protected:
  std::vector<fs::path> There() const {
    return {fs::directory_iterator(parent_), fs::directory_iterator()};
  }

  const std::shared_ptr<ScratchFolder> outer_ = ScratchFolder::Make().value();
  const fs::path parent_ = outer_->path() / "parent";
};

TEST_F(ScratchParentTest, WhatAKilledProcessLeftGoesWithTheNextScratchFolder) {
  OtherProcess killed(parent_), living(parent_);
  const auto first = ScratchFolder::Make(parent_).value();
  EXPECT_EQ(There().size(), 3u);
  killed.Kill();
  const auto second = ScratchFolder::Make(parent_).value();
  EXPECT_EQ(There().size(), 3u);
  EXPECT_TRUE(fs::exists(first->path()));
  EXPECT_TRUE(fs::exists(second->path()));
}

TEST_F(ScratchParentTest, TheParentGoesWithTheLastScratchFolder) {
  auto first = ScratchFolder::Make(parent_).value();
  auto second = ScratchFolder::Make(parent_).value();
  first.reset();
  EXPECT_TRUE(fs::exists(second->path()));
  second.reset();
  EXPECT_FALSE(fs::exists(parent_));
  EXPECT_TRUE(fs::exists(outer_->path()));
}

TEST_F(ScratchParentTest, WhatOthersKeepThereStays) {
  const fs::path other = parent_ / "mine";
  fs::create_directories(other);
  ScratchFolder::Make(parent_).value().reset();
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(ScratchParentTest, NothingIsRemovedWhereTheSystemKeepsTemporaryFiles) {
  const std::string before = fs::temp_directory_path();
  const fs::path other = parent_ / "scratch-other";
  fs::create_directories(other);
  ::setenv("TMPDIR", parent_.c_str(), 1);
  const auto scratch = ScratchFolder::Make();
  ::setenv("TMPDIR", before.c_str(), 1);
  EXPECT_EQ(scratch.value()->path().parent_path(), parent_);
  EXPECT_TRUE(fs::exists(other));
}

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
