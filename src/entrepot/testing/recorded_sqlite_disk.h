#pragma once

/// \file entrepot/testing/recorded_sqlite_disk.h
/// What a disk may hold of a SQLite database after a loss of power.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "entrepot/testing/intercepted_sqlite_files.h"
#include "entrepot/testing/recorded_disk.h"

namespace entrepot::testing {

/// Makes all calls and records what they change, in order. From that it tells what may be
/// there after a loss of power: all that was synced, and of the rest
///
///   a file's bytes    any subset of the pieces of 512 bytes that were written, also
///   where
///                     a later piece is kept and an earlier one lost; what was lost at
///                     the end of a file is missing or zeros; truncations are kept or
///                     lost
///   a folder's names  any subset of the names made and deleted, in their order
///
/// The "-shm" file is memory, and never there. Safe for concurrent use.
class RecordedSqliteDisk final : public InterceptedSqliteFiles {
 public:
  /// Changes and syncs so far.
  size_t size() const;

  /// Returns a state that the disk may be in if power is lost after the first `size` of
  /// the recorded changes. Seed 0: nothing is kept but what was synced; 1: all is kept;
  /// others choose at random.
  DiskContent AfterPowerLoss(size_t size, std::uint32_t seed) const;

 protected:
  int Do(const SqliteFileCall& call) override;

 private:
  /// One recorded change. Files are numbered as they are made, from 1.
  struct Change {
    SqliteFileCallKind kind{};
    int file = 0;
    std::string name{};       ///< kOpen (that made the file), kDelete.
    std::int64_t offset = 0;  ///< kWrite; kTruncate: the new size.
    std::string bytes{};      ///< kWrite.
  };
  struct FileHistory;
  struct History;

  void Record(const SqliteFileCall& call);

  mutable std::mutex mutex_;  // Guards what follows.
  std::vector<Change> changes_;
  std::map<std::string, int> names_;  // Now.
  int num_files_ = 0;
};

}  // namespace entrepot::testing
