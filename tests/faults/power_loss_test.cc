// Power is lost at every moment of a store, and the disk keeps what it likes of all that
// was not synced.

#include <algorithm>
#include <set>

#include "entrepot/testing/matchers.h"
#include "entrepot/testing/recorded_disk.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "entrepot/testing/value_matchers.h"
#include "stored_asset.h"

namespace entrepot::testing {
namespace {

/// A folder whose disk is recorded, and the asset in it. Its syncs are recorded, not
/// made.
struct RecordedAsset {
  explicit RecordedAsset(const SweepCase& sweep)
      : disk(folder.path(), sweep.abilities, below),
        asset(folder.path() + "/new/base", sweep, disk) {}

  TemporaryFolder folder{SweepFolder()};
  InterceptedLocalCalls below{WithoutSyncs({})};
  RecordedDisk disk;
  StoredAsset asset;
};

/// Whether the value may be a folder, or a file.
bool HasFolderAndFile(const DiskContent& state) {
  return std::ranges::find(state.folders, "new/base/a/b/=value") != state.folders.end() &&
         std::ranges::any_of(state.files, [](const auto& file) {
           return file.first.starts_with("new/base/a/b.");
         });
}

/// Calls `check` with each state that the disk may be in after its first `size` changes
/// (`most` of them) and with the folder in which it is, unless it was `seen` before.
template <typename Check>
void ForEachState(const RecordedDisk& disk, size_t size, size_t most,
                  std::set<std::string>& seen, Check check) {
  const StateBounds bounds{.most = IsSoak() ? 20'000 : TimeFor(most), .seed = Seed()};
  for (const DiskContent& state : disk.AfterPowerLoss(size, bounds)) {
    if (!seen.insert(state.how).second) continue;
    SCOPED_TRACE(fmt::format("power lost after change {} of {}, which left {}", size,
                             disk.size(), state.how));
    SCOPED_TRACE(fmt::format("ENTREPOT_SEED={}", Seed()));
    // Where receipts are lost, readers choose by time between a file and a folder.
    for (const bool folders_are_newer : {false, true}) {
      if (folders_are_newer && !HasFolderAndFile(state)) continue;
      SCOPED_TRACE(folders_are_newer ? "folders are newer" : "files are newer");
      const TemporaryFolder folder(SweepFolder());
      state.WriteTo(folder.path(), folders_are_newer);
      check(state, folder.path() + "/new/base");
    }
  }
}

class PowerLossTest : public ::testing::TestWithParam<SweepCase> {
 protected:
  // A durable store leaves few things open at a time, so that these are all states.
  static constexpr size_t kAllStates = 2000;

  void ExpectAfterPowerLoss(const RecordedDisk& disk, size_t size, bool is_acknowledged) {
    std::set<std::string>& seen = is_acknowledged ? seen_acknowledged_ : seen_;
    ForEachState(disk, size, kAllStates, seen,
                 [&](const DiskContent&, const std::string& base) {
                   const StoredAsset asset(base, GetParam());
                   asset.ExpectOldOrNew(is_acknowledged);
                   asset.ExpectNextStoreCleansUp();
                 });
  }

 private:
  std::set<std::string> seen_;
  std::set<std::string> seen_acknowledged_;
};
INSTANTIATE_TEST_SUITE_P(, PowerLossTest,
                         ::testing::ValuesIn(SweepCases({Durability::kFull})), NameOf);

TEST_P(PowerLossTest, LeavesTheOldOrTheNewValueAndLosesNothingAcknowledged) {
  RecordedAsset recorded(GetParam());
  RecordedDisk& disk = recorded.disk;
  ASSERT_THAT(recorded.asset.StoreOld(disk), IsOk());
  const size_t begin = disk.size();
  ASSERT_THAT(recorded.asset.Store(GetParam().scenario.next, disk), IsOk());
  for (size_t size = begin; size < disk.size(); ++size) {
    ExpectAfterPowerLoss(disk, size, /*is_acknowledged=*/false);
  }
  ExpectAfterPowerLoss(disk, disk.size(), /*is_acknowledged=*/true);
}

// What a dead process left half done must not endanger what the next one acknowledges.
TEST_P(PowerLossTest, LosesNothingAcknowledgedAfterAnotherWriterDied) {
  std::vector<LocalFault> deaths;
  const int num_calls = static_cast<int>(CallsOfStore(GetParam()).size());
  for (int at = 0; at < num_calls; ++at) deaths.push_back({.at = at, .lasts = true});
  for (const LocalFault& death : deaths) {
    SCOPED_TRACE(fmt::format("the first writer died before call {}", death.at));
    RecordedAsset recorded(GetParam());
    ASSERT_THAT(recorded.asset.StoreOld(recorded.disk), IsOk());
    FaultyLocalCalls dying(death, {}, recorded.disk);
    (void)recorded.asset.Store(GetParam().scenario.next, dying);
    ASSERT_THAT(recorded.asset.Store(GetParam().scenario.next, recorded.disk), IsOk());
    ExpectAfterPowerLoss(recorded.disk, recorded.disk.size(), /*is_acknowledged=*/true);
  }
}

class FastPowerLossTest : public ::testing::TestWithParam<SweepCase> {
 protected:
  /// Whether some file or folder of the value is there without its receipt.
  static bool IsAReceiptLost(const DiskContent& state) {
    const std::string folder = "new/base/a/b/=value";
    const auto attributes = state.folder_attributes.find(folder);
    const bool has_folder =
        std::ranges::find(state.folders, folder) != state.folders.end();
    const bool is_of_folder =
        has_folder &&
        (attributes == state.folder_attributes.end() || attributes->second.empty());
    return is_of_folder || std::ranges::any_of(state.files, [](const auto& file) {
             return file.first.starts_with("new/base/a/b.") &&
                    file.second.attributes.empty();
           });
  }
};
INSTANTIATE_TEST_SUITE_P(, FastPowerLossTest,
                         ::testing::ValuesIn(SweepCases({Durability::kFast})), NameOf);

TEST_P(FastPowerLossTest, DamageIsFoundUnlessTheReceiptWasLostToo) {
  RecordedAsset recorded(GetParam());
  ASSERT_THAT(recorded.asset.StoreOld(recorded.disk), IsOk());
  ASSERT_THAT(recorded.asset.Store(GetParam().scenario.next, recorded.disk), IsOk());
  std::set<std::string> seen;
  for (size_t size = 0; size <= recorded.disk.size(); ++size) {
    ForEachState(recorded.disk, size, 20, seen,
                 [&](const DiskContent& state, const std::string& base) {
                   const StoredAsset asset(base, GetParam());
                   const auto found = asset.Load({.verify = true});
                   if (found && !IsAReceiptLost(state)) {
                     const auto& old = GetParam().scenario.old;
                     EXPECT_TRUE(HaveSameData(*found, GetParam().scenario.next) ||
                                 (old && HaveSameData(*found, *old)))
                         << Describe(*found);
                   } else if (!found) {
                     EXPECT_THAT(
                         found.error().code(),
                         ::testing::AnyOf(ErrorCode::kNotFound, ErrorCode::kCorrupt))
                         << found.error().ToString();
                   }
                   // A lost note leaves a file that nobody is told of.
                   if (GetParam().scenario.HasFiles())
                     return asset.ExpectNextStoreWorks();
                   asset.ExpectNextStoreCleansUp();
                 });
  }
}

}  // namespace
}  // namespace entrepot::testing
