#pragma once

/// \file tests/faults/stored_asset.h
/// One asset in a folder, stored and loaded while system calls go wrong, and what must
/// hold afterwards.

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "entrepot/durability.h"
#include "entrepot/io/context.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/testing/faulty_local_calls.h"
#include "entrepot/value/value.h"

namespace entrepot::testing {

/// A store to be disturbed. Plain data.
struct StoreScenario {
  std::string name{};
  std::optional<Value> old{};  ///< What is there before; nullopt: not even the base.
  Value next{};                ///< What is stored.

  /// Files and folders are temporaries, which a store may take instead of copying them.
  bool are_temporaries = false;

  bool HasFiles() const;
};

/// Where and how a scenario takes place. Plain data.
struct SweepCase {
  StoreScenario scenario{};
  Durability durability = Durability::kFull;
  FilesystemAbilities abilities{};
};

/// For GoogleTest: "JsonToParquetFastWithoutAttributes".
std::string NameOf(const ::testing::TestParamInfo<SweepCase>& info);
void PrintTo(const SweepCase& sweep, std::ostream* out);

/// A first store, an overwrite and changes of format, also from, to and between files and
/// folders, each on filesystems with and without attributes and unnamed files.
std::vector<SweepCase> SweepCases(const std::vector<Durability>& durabilities);

/// The same abilities with syncs that do nothing: for tests that do not lose power.
FilesystemAbilities WithoutSyncs(FilesystemAbilities abilities);

/// A table of 100 rows of one column, the numbers from `first`.
Value TableFrom(std::int64_t first);

/// A file, and a folder of files, which live until the program ends.
Value FileOf(const std::string& name, const std::string& bytes);
Value FolderOf(const std::string& name, const std::vector<std::string>& files);

/// The filesystem's formats, and "code", a stand-in for pickle: bytes that begin with
/// "code:", which run when loaded and are followed by a receipt.
CodecRegistry SweepCodecs();

/// Asset "a/b" below a base folder. One thread at a time.
class StoredAsset {
 public:
  /// Borrows the case, and the calls by which temporaries are made, in the folder
  /// "scratch" beside the base's parent.
  StoredAsset(std::string base, const SweepCase& sweep,
              LocalCalls& making = LocalCalls::System())
      : base_(std::move(base)), sweep_(sweep), making_(making) {}

  const std::string& base() const { return base_; }

  /// Stores through `calls`; returns the receipt on the context. Fails the test if there
  /// is not one receipt of a stored value and none of another.
  Result<Receipt> Store(const Value& value, LocalCalls& calls) const;
  Result<Value> Load(LocalCalls& calls, LoadRequest request = {}) const;

  /// Stores and loads on a filesystem of the case's abilities, where nothing fails.
  Result<Receipt> Store(const Value& value) const;
  Result<Value> Load(LoadRequest request = {}) const;

  /// Stores what is there before the scenario.
  Status StoreOld(LocalCalls& calls) const;
  Status StoreOld() const;

  /// Fails the test unless the new value is there or, if that was not acknowledged, the
  /// old one. Returns whether it is the new one.
  bool ExpectOldOrNew(bool is_acknowledged) const;

  /// Fails the test unless another store succeeds.
  void ExpectNextStoreWorks() const;

  /// Fails the test unless another store succeeds and leaves only its own file.
  void ExpectNextStoreCleansUp() const;

  /// Names of files below the base.
  std::vector<std::string> Files() const;

 private:
  Value WithTemporary(const Value& value) const;
  void SyncNames(const std::string& folder) const;
  void MakeTemporary(const std::string& path, const std::string& source) const;

  std::string base_;
  const SweepCase& sweep_;
  LocalCalls& making_;
};

/// Returns the calls of the case's store when nothing goes wrong.
std::vector<LocalCallKind> CallsOfStore(const SweepCase& sweep);

/// Tells which fault a test was at, and how to have it again.
std::string TraceOf(const LocalFault& fault, const std::vector<LocalCallKind>& calls);

/// Runs `work` in a child process and returns whether that was killed.
bool IsKilledDoing(const std::function<void()>& work);

/// Where sweeps put their folders: in memory, if the filesystem there keeps attributes
/// and has unnamed files; else where temporary files go.
const std::string& SweepFolder();

/// Whether the filesystem of `folder` has unnamed files and they take attributes.
bool KeepsAttributes(const std::string& folder);

/// Returns how many files below `folder` this process has open. (Of all its files, other
/// threads may open some of their own meanwhile: allocators and sanitizers do.)
int NumOpenFiles(const std::string& folder);

}  // namespace entrepot::testing
