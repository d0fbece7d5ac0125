#include "entrepot/testing/faulty_local_calls.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include <fcntl.h>

#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

constexpr int kCreate = O_CREAT | O_EXCL | O_RDWR;

class FaultyLocalCallsTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  bool IsThere(const std::string& name) const {
    return std::filesystem::exists(Path(name));
  }
  TemporaryFolder folder_;
};

TEST_F(FaultyLocalCallsTest, OneCallFailsAndTheOthersAreCounted) {
  FaultyLocalCalls calls(LocalFault{.at = 1, .error = ENOSPC});
  EXPECT_EQ(calls.MakeFolder(Path("a")), 0);
  EXPECT_EQ(calls.MakeFolder(Path("b")), -ENOSPC);
  EXPECT_EQ(calls.Exists(Path("b")), 0);
  EXPECT_THAT(calls.calls(),
              ElementsAre(LocalCallKind::kMakeFolder, LocalCallKind::kMakeFolder,
                          LocalCallKind::kExists));
}

TEST_F(FaultyLocalCallsTest, AFailureMayLast) {
  FaultyLocalCalls calls(LocalFault{.at = 1, .error = EIO, .lasts = true});
  EXPECT_EQ(calls.MakeFolder(Path("a")), 0);
  EXPECT_EQ(calls.MakeFolder(Path("b")), -EIO);
  EXPECT_EQ(calls.MakeFolder(Path("c")), -EIO);
  EXPECT_FALSE(IsThere("c"));
}

TEST_F(FaultyLocalCallsTest, AFailureMayComeAfterTheEffect) {
  FaultyLocalCalls calls(LocalFault{.at = 0, .kind = LocalFaultKind::kFailAfter});
  EXPECT_EQ(calls.MakeFolder(Path("a")), -EIO);
  EXPECT_TRUE(IsThere("a"));
}

TEST_F(FaultyLocalCallsTest, AFileIsClosedEvenIfThatFails) {
  FaultyLocalCalls calls(LocalFault{.at = 1});
  const int fd = calls.Open(folder_.path(), O_RDONLY | O_DIRECTORY, 0);
  EXPECT_EQ(calls.Close(fd), -EIO);
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST_F(FaultyLocalCallsTest, AWriteMayBeShort) {
  FaultyLocalCalls calls(LocalFault{.at = 1, .kind = LocalFaultKind::kShorten});
  const int fd = calls.Open(Path("a"), kCreate, 0666);
  EXPECT_EQ(calls.Write(fd, std::as_bytes(std::span("1234567", 7))), 4);
  EXPECT_EQ(calls.Write(fd, std::as_bytes(std::span("567", 3))), 3);
  calls.Close(fd);
}

TEST_F(FaultyLocalCallsTest, TheProcessIsKilledBeforeWithinOrAfterACall) {
  const auto killed = [&](LocalFaultKind kind, const std::string& name) {
    const pid_t child = ::fork();
    if (child == 0) {
      FaultyLocalCalls calls(LocalFault{.at = 1, .kind = kind});
      const int fd = calls.Open(Path(name), kCreate, 0666);
      calls.Write(fd, std::as_bytes(std::span("text", 4)));
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  };
  EXPECT_TRUE(killed(LocalFaultKind::kKillBefore, "a"));
  EXPECT_EQ(std::filesystem::file_size(Path("a")), 0u);
  EXPECT_TRUE(killed(LocalFaultKind::kKillWithin, "b"));
  EXPECT_EQ(std::filesystem::file_size(Path("b")), 2u);
  EXPECT_TRUE(killed(LocalFaultKind::kKillAfter, "c"));
  EXPECT_EQ(std::filesystem::file_size(Path("c")), 4u);
}

TEST_F(FaultyLocalCallsTest, AFilesystemMayLackAttributesAndUnnamedFiles) {
  InterceptedLocalCalls calls({.keeps_attributes = false, .has_unnamed_files = false});
  EXPECT_EQ(calls.Open(folder_.path(), O_TMPFILE | O_RDWR, 0666), -EOPNOTSUPP);
  const int fd = calls.Open(Path("a"), kCreate, 0666);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(calls.SetAttribute(fd, "user.entrepot", "x"), -EOPNOTSUPP);
  std::string value;
  EXPECT_EQ(calls.GetAttribute(fd, "user.entrepot", value), -EOPNOTSUPP);
  calls.Close(fd);
}

TEST(FailuresOfTest, EveryCallFailsWithEachOfItsErrors) {
  std::vector<std::string> texts;
  for (const LocalFault& fault :
       FailuresOf({LocalCallKind::kRename, LocalCallKind::kWrite})) {
    texts.push_back(
        Describe(fault, fault.at == 0 ? LocalCallKind::kRename : LocalCallKind::kWrite));
  }
  EXPECT_THAT(texts, Contains("call 0 (rename) fails with EIO, and all later ones"));
  EXPECT_THAT(texts, Contains("call 0 (rename) fails after its effect with EIO"));
  EXPECT_THAT(texts, Contains("call 1 (write) is cut short"));
  EXPECT_THAT(texts, Contains("call 1 (write) fails with EINTR"));
  EXPECT_THAT(texts, Not(Contains("call 0 (rename) is cut short")));
}

}  // namespace
}  // namespace entrepot::testing
