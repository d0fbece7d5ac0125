#pragma once

/// \file entrepot/testing/faulty_sqlite_files.h
/// Files of SQLite of which one call goes wrong, to sweep over all calls of an operation.

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "entrepot/testing/intercepted_sqlite_files.h"

namespace entrepot::testing {

/// How a call goes wrong.
enum class SqliteFaultKind {
  kFail,        ///< It is not made and returns the error.
  kFailWithin,  ///< Half of a write is done, and it returns the error.
  kFailAfter,   ///< It changes the file, and returns the error.
  kKillBefore,  ///< SIGKILL ends the process instead of the call,
  kKillWithin,  ///< after half of a write,
  kKillAfter,   ///< or after the call.
};

/// Which call goes wrong, and how. Plain data.
struct SqliteFault {
  int at = 0;  ///< The call's number, from 0.
  SqliteFaultKind kind = SqliteFaultKind::kFail;
  int code = 0;  ///< Of SQLite, e.g. SQLITE_FULL.

  /// All later calls of this kind fail as well: the disk is full, or broken.
  bool lasts = false;
};

/// For messages: "call 7 (write) fails with SQLITE_FULL (13), and all later ones".
std::string Describe(const SqliteFault& fault, SqliteFileCallKind call);

/// Returns every way in which one of `calls` can fail.
std::vector<SqliteFault> FailuresOf(const std::vector<SqliteFileCallKind>& calls);

/// Returns every moment of `calls` at which a process can be killed with different
/// effect.
std::vector<SqliteFault> KillsOf(const std::vector<SqliteFileCallKind>& calls);

/// Counts the calls and makes one of them go wrong. Does not sync: that takes most of the
/// time, and shows only after a loss of power. Safe for concurrent use.
class FaultySqliteFiles final : public InterceptedSqliteFiles {
 public:
  /// Without a fault it only counts.
  explicit FaultySqliteFiles(std::optional<SqliteFault> fault) : fault_(fault) {}

  /// The calls so far.
  std::vector<SqliteFileCallKind> calls() const;

  /// From now on nothing goes wrong.
  void Heal();

 protected:
  int Do(const SqliteFileCall& call) override;

 private:
  enum class Turn { kPass, kGoWrong, kFail };

  Turn TurnOf(SqliteFileCallKind kind);
  int Make(const SqliteFileCall& call);
  int Fail();
  int GoWrong(const SqliteFileCall& call);

  mutable std::mutex mutex_;  // Guards what follows.
  std::optional<SqliteFault> fault_;
  std::vector<SqliteFileCallKind> calls_;
};

}  // namespace entrepot::testing
