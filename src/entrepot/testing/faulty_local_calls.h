#pragma once

/// \file entrepot/testing/faulty_local_calls.h
/// System calls of which one goes wrong, to sweep over all calls of an operation.

#include <cerrno>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "entrepot/testing/intercepted_local_calls.h"

namespace entrepot::testing {

/// How a call goes wrong.
enum class LocalFaultKind {
  kFail,        ///< It is not made and returns the error (a close closes all the same).
  kFailAfter,   ///< It changes the disk, and returns the error.
  kShorten,     ///< It reads or writes half of what it was asked to.
  kKillBefore,  ///< SIGKILL ends the process instead of the call,
  kKillWithin,  ///< after half of a write,
  kKillAfter,   ///< or after the call.
};

/// Which call goes wrong, and how. Plain data.
struct LocalFault {
  int at = 0;  ///< The call's number, from 0.
  LocalFaultKind kind = LocalFaultKind::kFail;
  int error = EIO;

  /// All later calls fail with the error, too: the disk is full, or gone. With a failure
  /// at once it is also what the disk sees of a process that died here.
  bool lasts = false;
};

/// For messages: "call 7 (rename) fails with EIO, and all later ones".
std::string Describe(const LocalFault& fault, LocalCallKind call);

/// Returns every way in which one of `calls` can fail or be cut short: each with each
/// error that the operating system may give, once and lasting, and half done.
std::vector<LocalFault> FailuresOf(const std::vector<LocalCallKind>& calls);

/// Returns every moment of `calls` at which a process can be killed with different
/// effect.
std::vector<LocalFault> KillsOf(const std::vector<LocalCallKind>& calls);

/// Counts the calls and makes one of them go wrong. Safe for concurrent use.
class FaultyLocalCalls final : public InterceptedLocalCalls {
 public:
  /// Without a fault it only counts. Borrows `below`.
  explicit FaultyLocalCalls(std::optional<LocalFault> fault,
                            FilesystemAbilities abilities = {},
                            LocalCalls& below = LocalCalls::System())
      : InterceptedLocalCalls(abilities, below), fault_(fault) {}

  /// The calls so far.
  std::vector<LocalCallKind> calls() const;

 protected:
  std::int64_t Do(const LocalCall& call) override;

 private:
  int Count(LocalCallKind kind);
  std::int64_t Fail(const LocalCall& call);
  std::int64_t FailAfter(const LocalCall& call);
  std::int64_t GoWrong(const LocalCall& call);

  const std::optional<LocalFault> fault_;
  mutable std::mutex mutex_;
  std::vector<LocalCallKind> calls_;  // Under mutex_.
};

}  // namespace entrepot::testing
