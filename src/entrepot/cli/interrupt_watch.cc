#include "entrepot/cli/interrupt_watch_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "entrepot/result.h"

namespace entrepot::internal {
namespace {

constexpr int kInterruptedExitCode = 130;
constexpr std::array kSignals = {SIGINT, SIGTERM};

// What a signal handler can reach: globals that are lock-free.
std::atomic<int> signals_seen{0};
std::atomic<int> pipe_end{-1};
std::atomic<bool> leaves_line{false};
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

std::array<struct sigaction, kSignals.size()> previous_actions;
std::array<int, 2> pipe_ends{-1, -1};

void OnSignal(int) {
  const int saved_errno = errno;
  if (signals_seen.fetch_add(1) > 0) {
    // What follows, most often a prompt, shall not stand behind a progress line.
    if (leaves_line) (void)!::write(STDERR_FILENO, "\n", 1);
    ::_exit(kInterruptedExitCode);
  }
  const char interrupted = 1;
  (void)!::write(pipe_end, &interrupted, 1);
  errno = saved_errno;
}

}  // namespace

InterruptWatch::InterruptWatch() {
  ENTREPOT_CHECK(pipe_end == -1);
  ENTREPOT_CHECK(::pipe2(pipe_ends.data(), O_CLOEXEC) == 0);
  signals_seen = 0;
  leaves_line = ::isatty(STDERR_FILENO) == 1;
  pipe_end = pipe_ends[1];
  reader_ = std::thread([this] {
    char byte = 0;
    ssize_t got = 0;
    do {
      got = ::read(pipe_ends[0], &byte, 1);
    } while (got < 0 && errno == EINTR);
    if (got == 1 && byte == 1) stop_.request_stop();
  });
  struct sigaction action{};
  action.sa_handler = OnSignal;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &action, &previous_actions[i]);
    // Whoever started us with nohup, or in a shell's background, wants it ignored.
    const bool was_ignored = previous_actions[i].sa_handler == SIG_IGN;
    if (was_ignored) ::sigaction(kSignals[i], &previous_actions[i], nullptr);
  }
}

InterruptWatch::~InterruptWatch() {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &previous_actions[i], nullptr);
  }
  const char done = 0;
  (void)!::write(pipe_end, &done, 1);
  reader_.join();
  pipe_end = -1;
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

}  // namespace entrepot::internal
