#include "entrepot/execution/process_identity.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

namespace entrepot {
namespace {

/// A child that waits until it is killed.
class Child {
 public:
  Child() : pid_(fork()) {
    if (pid_ == 0) {
      while (true) pause();
    }
    identity_ = ThisProcess();
    identity_.pid = pid_;
    identity_.start = 0;  // Whenever it was.
  }
  ~Child() {
    if (pid_ != 0) Reap();
  }

  const ProcessIdentity& identity() const { return identity_; }

  /// Kills it and returns when it is a zombie.
  void Kill() {
    kill(pid_, SIGKILL);
    siginfo_t facts;
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid_), &facts, WEXITED | WNOWAIT), 0);
  }

  void Reap() {
    kill(pid_, SIGKILL);
    waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

 private:
  pid_t pid_;
  ProcessIdentity identity_;
};

TEST(ProcessIdentityTest, ThisProcessLivesAlsoForItsChildren) {
  const ProcessIdentity self = ThisProcess();
  EXPECT_EQ(self.pid, getpid());
  EXPECT_GT(self.start, 0);
  EXPECT_FALSE(HasEnded(self));
  const pid_t child = fork();
  if (child == 0) _exit(HasEnded(self) || ThisProcess() == self ? 1 : 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ProcessIdentityTest, AProcessHasEndedOnceItIsKilled) {
  Child child;
  EXPECT_FALSE(HasEnded(child.identity()));
  child.Kill();
  EXPECT_TRUE(HasEnded(child.identity())) << "its parent has not waited for it yet";
  child.Reap();
  EXPECT_TRUE(HasEnded(child.identity()));
}

TEST(ProcessIdentityTest, AProcessWhoseIdWasGivenAwayHasEnded) {
  ProcessIdentity earlier = ThisProcess();
  earlier.start -= 1;
  EXPECT_TRUE(HasEnded(earlier));
}

TEST(ProcessIdentityTest, ProcessesOfOtherMachinesAreNotJudged) {
  ProcessIdentity other = ThisProcess();
  other.start -= 1;
  other.host += "-2";
  EXPECT_FALSE(HasEnded(other));
  other.host = "";
  EXPECT_FALSE(HasEnded(other));
}

TEST(ProcessIdentityTest, AProcessWhoseFirstThreadAloneHasEndedLives) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer ends a forked child that starts a thread";
#endif
  std::array<int, 2> ended{};
  ASSERT_EQ(pipe(ended.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    std::thread([] {
      while (true) pause();
    }).detach();
    syscall(SYS_exit, 0);  // Ends this thread only.
  }
  ProcessIdentity identity = ThisProcess();
  identity.pid = child;
  identity.start = 0;
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(HasEnded(identity));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace entrepot
