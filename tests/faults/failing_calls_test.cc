// Every call of a store fails in every way it can; what is there afterwards is the old
// value or the new one.

#include <algorithm>

#include "entrepot/testing/matchers.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "stored_asset.h"

namespace entrepot::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// An interrupted or short call is no failure: it is continued.
bool MustSucceed(const LocalFault& fault) {
  return fault.error == EINTR || (fault.kind == LocalFaultKind::kShorten && !fault.lasts);
}

void ExpectClear(const Error& error, const LocalFault& fault, const StoredAsset& asset) {
  const ErrorCode expected = FromErrno(fault.error, "").code();
  EXPECT_THAT(error.code(), AnyOf(expected, ErrorCode::kOutcomeUnknown));
  EXPECT_THAT(error.ToString(),
              AllOf(HasSubstr("storing asset 'a/b'"), HasSubstr(asset.base())));
}

class FailingCallsTest : public ::testing::TestWithParam<SweepCase> {
 protected:
  /// Whether a stored file identifies its value: all errors but EIO mean that it can have
  /// no attribute, and JSON and text have nothing else.
  static bool MustHaveReceipt(const LocalFault& fault,
                              const std::vector<LocalCallKind>& calls) {
    const bool is_attribute =
        calls[static_cast<size_t>(fault.at)] == LocalCallKind::kSetAttribute;
    return GetParam().abilities.keeps_attributes && KeepsAttributes(SweepFolder()) &&
           (!is_attribute || fault.error == EIO);
  }
};
INSTANTIATE_TEST_SUITE_P(
    , FailingCallsTest,
    ::testing::ValuesIn(SweepCases({Durability::kFull, Durability::kFast})), NameOf);

TEST_P(FailingCallsTest, AFailedCallLeavesTheOldOrTheNewValue) {
  const std::vector<LocalCallKind> calls = CallsOfStore(GetParam());
  for (const LocalFault& fault : Sample(FailuresOf(calls), 100)) {
    SCOPED_TRACE(TraceOf(fault, calls));
    const TemporaryFolder folder(SweepFolder());
    const StoredAsset asset(folder.path() + "/new/base", GetParam());
    ASSERT_THAT(asset.StoreOld(), IsOk());
    FaultyLocalCalls faulty(fault, WithoutSyncs(GetParam().abilities));
    const auto stored = asset.Store(GetParam().scenario.next, faulty);
    EXPECT_EQ(NumOpenFiles(folder.path()), 0);
    EXPECT_TRUE(stored || !MustSucceed(fault)) << stored.error().ToString();
    if (!stored) ExpectClear(stored.error(), fault, asset);
    if (!stored && !fault.lasts && fault.kind == LocalFaultKind::kFail) {
      EXPECT_THAT(asset.Files(), Not(Contains(HasSubstr(".tmp"))));
    }
    if (stored && MustHaveReceipt(fault, calls)) {
      EXPECT_THAT(asset.Load({.expected_version = stored->version}), IsOk());
    }

    const bool is_new = asset.ExpectOldOrNew(/*is_acknowledged=*/stored.has_value());
    // Only this code says that the new value may be there.
    EXPECT_TRUE(stored || !is_new || stored.error().code() == ErrorCode::kOutcomeUnknown)
        << stored.error().ToString();
    asset.ExpectNextStoreCleansUp();
  }
}

TEST_P(FailingCallsTest, AReceiptThatCannotBeWrittenIsNotLeftOut) {
  if (!GetParam().abilities.keeps_attributes) GTEST_SKIP();
  const std::vector<LocalCallKind> calls = CallsOfStore(GetParam());
  const auto setting = std::ranges::find(calls, LocalCallKind::kSetAttribute);
  ASSERT_NE(setting, calls.end());
  const TemporaryFolder folder(SweepFolder());
  const StoredAsset asset(folder.path() + "/new/base", GetParam());
  ASSERT_THAT(asset.StoreOld(), IsOk());
  FaultyLocalCalls faulty(LocalFault{.at = static_cast<int>(setting - calls.begin())},
                          WithoutSyncs(GetParam().abilities));
  EXPECT_THAT(asset.Store(GetParam().scenario.next, faulty),
              FailsWith(ErrorCode::kUnavailable, HasSubstr("writing the receipt")));
}

}  // namespace
}  // namespace entrepot::testing
