#pragma once

/// \file tests/crash/child_process.h
/// A process of the program entrepot_instance_user.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace entrepot::testing {

/// Starts a process whose standard input and output are pipes; kills and awaits it when
/// destroyed. One thread at a time.
class ChildProcess {
 public:
  explicit ChildProcess(std::vector<std::string> arguments);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  /// Returns the next 64-bit number of its output; nullopt at the end.
  std::optional<std::int64_t> ReadNumber();

  /// Returns the rest of its output, up to its end.
  std::string ReadText();

  void EndInput();
  void Kill();

  /// Waits for its end. Returns its exit code; negative: the signal that ended it.
  int Wait();

 private:
  pid_t pid_ = 0;
  bool is_awaited_ = false;
  int input_ = -1;
  int output_ = -1;
};

}  // namespace entrepot::testing
