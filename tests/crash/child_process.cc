#include "child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "entrepot/result.h"

namespace entrepot::testing {
namespace {

/// Neither end is left open in other children, or nobody would see its end.
std::array<int, 2> Pipe() {
  std::array<int, 2> ends{};
  ENTREPOT_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
  return ends;
}

void Close(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), ENTREPOT_INSTANCE_USER);
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  auto [input_end, input] = Pipe();
  auto [output, output_end] = Pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output_end, STDOUT_FILENO);
  const int failure =
      ::posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), ::environ);
  posix_spawn_file_actions_destroy(&actions);
  ENTREPOT_CHECK(failure == 0);
  Close(input_end);
  Close(output_end);
  input_ = input;
  output_ = output;
}

ChildProcess::~ChildProcess() {
  if (!is_awaited_) {
    Kill();
    Wait();
  }
  Close(input_);
  Close(output_);
}

std::optional<std::int64_t> ChildProcess::ReadNumber() {
  std::int64_t number = 0;
  // Written in one piece, and so read in one.
  if (::read(output_, &number, sizeof number) != sizeof number) return std::nullopt;
  return number;
}

std::string ChildProcess::ReadText() {
  std::string text;
  std::array<char, 4096> piece{};
  while (true) {
    const ssize_t size = ::read(output_, piece.data(), piece.size());
    if (size <= 0) return text;
    text.append(piece.data(), static_cast<size_t>(size));
  }
}

void ChildProcess::EndInput() { Close(input_); }

void ChildProcess::Kill() { ::kill(pid_, SIGKILL); }

int ChildProcess::Wait() {
  int status = 0;
  ENTREPOT_CHECK(::waitpid(pid_, &status, 0) == pid_);
  is_awaited_ = true;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace entrepot::testing
