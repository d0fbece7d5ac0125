// The process is killed at every call of a store: another process finds the old value or
// the new one, and cleans up. What the operating system has taken survives the process,
// so that this holds for fast stores, too, and no sync matters here.

#include <csignal>

#include "entrepot/testing/matchers.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "stored_asset.h"

namespace entrepot::testing {
namespace {

class KillsTest : public ::testing::TestWithParam<SweepCase> {};
INSTANTIATE_TEST_SUITE_P(
    , KillsTest, ::testing::ValuesIn(SweepCases({Durability::kFull, Durability::kFast})),
    NameOf);

TEST_P(KillsTest, AKillAtAnyCallLeavesTheOldOrTheNewValue) {
  const std::vector<LocalCallKind> calls = CallsOfStore(GetParam());
  for (const LocalFault& fault : Sample(KillsOf(calls), 25)) {
    SCOPED_TRACE(TraceOf(fault, calls));
    const TemporaryFolder folder(SweepFolder());
    const StoredAsset asset(folder.path() + "/new/base", GetParam());
    ASSERT_THAT(asset.StoreOld(), IsOk());
    ASSERT_TRUE(IsKilledDoing([&] {
      FaultyLocalCalls deadly(fault, WithoutSyncs(GetParam().abilities));
      (void)asset.Store(GetParam().scenario.next, deadly);
    }));
    asset.ExpectOldOrNew(/*is_acknowledged=*/false);
    asset.ExpectNextStoreCleansUp();
  }
}

TEST_P(KillsTest, AKillAfterTheStoreReturnedLosesNothing) {
  const TemporaryFolder folder(SweepFolder());
  const StoredAsset asset(folder.path() + "/new/base", GetParam());
  ASSERT_THAT(asset.StoreOld(), IsOk());
  ASSERT_TRUE(IsKilledDoing([&] {
    if (asset.Store(GetParam().scenario.next)) std::raise(SIGKILL);
  }));
  asset.ExpectOldOrNew(/*is_acknowledged=*/true);
  asset.ExpectNextStoreCleansUp();
}

}  // namespace
}  // namespace entrepot::testing
