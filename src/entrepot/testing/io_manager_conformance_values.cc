// Values go in and come out; what fails changes nothing.
#include <arrow/record_batch.h>
#include <arrow/table.h>

#include "entrepot/testing/io_manager_conformance_internal.h"
#include "entrepot/value/traits.h"

namespace entrepot::testing::io_manager_conformance {
namespace {

void EveryValueComesBack(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  for (const Value& value : subject.values) {
    const OutputPtr stored = Store(*manager, "a/value", value);
    ExpectLoads(subject, *manager, *stored, value);
  }
}

void LoadingLeavesTheValueWhereItIs(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [value, other] = DifferentValues(subject);
  const OutputPtr stored = Store(*manager, "a", value);
  ExpectLoads(subject, *manager, *stored, value);
  ExpectLoads(subject, *manager, *stored, value);
}

void AnOverwriteReplacesTheValue(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  // Each value follows each kind of value once.
  for (const Value& before : subject.values) {
    for (const Value& after : {subject.values.front(), subject.values.back()}) {
      Store(*manager, "a", before);
      const OutputPtr stored = Store(*manager, "a", after);
      ExpectLoads(subject, *manager, *stored, after);
    }
  }
}

void AValueThatWasNeverStoredIsNotFoundAndNamed(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [value, other] = DifferentValues(subject);
  Store(*manager, "raw/orders", value);
  EXPECT_THAT(Load(*manager, *OutputOf("raw/customers")),
              FailsWith(ErrorCode::kNotFound, ::testing::HasSubstr("raw/customers")));
  EXPECT_THAT(Load(*manager, *OutputOf("raw")),
              FailsWith(ErrorCode::kNotFound, ::testing::HasSubstr("raw")));
}

void AStoredValueIsSaidToBeThere(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  EXPECT_THAT(manager->Has(*OutputOf("a")), IsOk());  // It may not know.
  for (const Value& value : subject.values) {
    const OutputPtr stored = Store(*manager, "a", value);
    EXPECT_THAT(manager->Has(*AsLogged(*stored)), IsOkAndHolds(true)) << Describe(value);
  }
}

void AStreamIsStoredAsItsRows(const IOManagerUnderTest& subject) {
  const auto table = StreamedTable(subject);
  if (!table) GTEST_SKIP() << "no streams";
  const auto manager = subject.make();
  const OutputPtr stored = Store(*manager, "a", StreamOf(*table));
  for (const bool as_stream : {false, true}) {
    const auto rows =
        FromValue<TablePtr>(Load(*manager, *stored, {.as_stream = as_stream}).value());
    ASSERT_THAT(rows, IsOk());
    EXPECT_THAT(Value::Table(*rows), HasDataOf(Value::Table(*table)));
  }
}

void ATableCanBeLoadedAsAStreamAgainAndAgain(const IOManagerUnderTest& subject) {
  const auto table = StreamedTable(subject);
  if (!table) GTEST_SKIP() << "no streams";
  const auto manager = subject.make();
  const OutputPtr stored = Store(*manager, "a", Value::Table(*table));
  for (int i = 0; i < 2; ++i) {
    const auto rows =
        FromValue<TablePtr>(Load(*manager, *stored, {.as_stream = true}).value());
    ASSERT_THAT(rows, IsOk());
    EXPECT_THAT(Value::Table(*rows), HasDataOf(Value::Table(*table)));
  }
}

/// Expects that a store of `broken` as "a" fails, or, where `may_be_taken`, that it is
/// loaded as it is; and that a failure changes nothing.
void ExpectOldValueAfterFailing(const IOManagerUnderTest& subject, const Value& broken,
                                bool may_be_taken) {
  const auto manager = subject.make();
  const auto [value, other] = DifferentValues(subject);
  const OutputPtr stored = Store(*manager, "a", value);
  const OutputPtr refused = OutputOf("a");
  const Status status = manager->HandleOutput(*refused, broken);
  if (status && may_be_taken) {
    return ExpectLoads(subject, *manager, *refused, broken);
  }
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(refused->receipts(), ::testing::IsEmpty());
  ExpectLoads(subject, *manager, *stored, value);
  // Where there was no value there still is none.
  const OutputPtr nowhere = OutputOf("b");
  EXPECT_FALSE(manager->HandleOutput(*nowhere, broken).has_value());
  EXPECT_THAT(Load(*manager, *nowhere), FailsWith(ErrorCode::kNotFound));
}

void AStreamThatBreaksLeavesTheOldValue(const IOManagerUnderTest& subject) {
  const auto table = StreamedTable(subject);
  if (!table) GTEST_SKIP() << "no streams";
  ExpectOldValueAfterFailing(subject, BreakingStreamOf(*table), /*may_be_taken=*/false);
}

void AValueThatCannotBeStoredLeavesTheOldOne(const IOManagerUnderTest& subject) {
  struct Handle {};  // Has no conversion: only memory can keep one.
  ExpectOldValueAfterFailing(subject, ToValue(Handle{}).value(), /*may_be_taken=*/true);
}

constexpr Behaviour kBehaviours[] = {
    {"EveryValueComesBack", EveryValueComesBack},
    {"LoadingLeavesTheValueWhereItIs", LoadingLeavesTheValueWhereItIs},
    {"AnOverwriteReplacesTheValue", AnOverwriteReplacesTheValue},
    {"AValueThatWasNeverStoredIsNotFoundAndNamed",
     AValueThatWasNeverStoredIsNotFoundAndNamed},
    {"AStoredValueIsSaidToBeThere", AStoredValueIsSaidToBeThere},
    {"AStreamIsStoredAsItsRows", AStreamIsStoredAsItsRows},
    {"ATableCanBeLoadedAsAStreamAgainAndAgain", ATableCanBeLoadedAsAStreamAgainAndAgain},
    {"AStreamThatBreaksLeavesTheOldValue", AStreamThatBreaksLeavesTheOldValue},
    {"AValueThatCannotBeStoredLeavesTheOldOne", AValueThatCannotBeStoredLeavesTheOldOne},
};

}  // namespace

std::span<const Behaviour> ValueBehaviours() { return kBehaviours; }

}  // namespace entrepot::testing::io_manager_conformance
