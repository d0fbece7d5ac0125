#pragma once

/// \file entrepot/sql/fork_guard.h
/// How a process that has forked goes on using SQLite.

#include <cstdint>

namespace entrepot {

/// How many forks lie between this process and the one that loaded the library. What was
/// opened under another number belongs to an ancestor: neither use nor close it. Safe for
/// concurrent use.
std::uint64_t ForkGeneration();

/// Makes SQLite usable in forked children; every SqliteDatabase::Open calls it.
/// Connections opened before a fork stay the parent's: a child opens its own. Safe for
/// concurrent use.
void InstallForkGuard();

/// Marks a call into SQLite: a fork waits until no thread is inside one. Never nested,
/// and short: a fork waits for it. Safe for concurrent use.
class SqliteCall {
 public:
  SqliteCall() { Enter(); }
  ~SqliteCall() { Leave(); }
  SqliteCall(const SqliteCall&) = delete;
  SqliteCall& operator=(const SqliteCall&) = delete;

  static void Enter();
  static void Leave();
};

}  // namespace entrepot
