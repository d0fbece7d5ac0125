// What a manager says of a value: receipts, where it makes any, versions and metadata.
#include <algorithm>
#include <set>

#include <arrow/table.h>

#include "entrepot/testing/io_manager_conformance_internal.h"

namespace entrepot::testing::io_manager_conformance {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// Expects that each receipt of `output` describes a stored value of `kind`.
void ExpectReceiptsOf(const OutputContext& output, ValueKind kind) {
  for (const Receipt& receipt : output.receipts()) {
    EXPECT_THAT(receipt.base, AnyOf(Eq(output.io_manager_key()),
                                    StartsWith(output.io_manager_key() + ".")));
    EXPECT_EQ(receipt.run_id, output.run_id());
    EXPECT_EQ(receipt.kind, ToString(kind));
    EXPECT_THAT(receipt.path, Not(IsEmpty()));
    EXPECT_FALSE(receipt.path.starts_with('/')) << "it is relative to the base";
    EXPECT_THAT(receipt.format, Not(IsEmpty()));
    EXPECT_THAT(receipt.version, Not(IsEmpty()));
    EXPECT_THAT(receipt.digest, AnyOf(IsEmpty(), SizeIs(32)));
    EXPECT_GE(receipt.codec_version, 1);
    EXPECT_GE(receipt.size_bytes, 0);
  }
}

void ReceiptsDescribeWhatWasStored(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  for (const Value& value : subject.values) {
    SCOPED_TRACE(Describe(value));
    const OutputPtr stored = Store(*manager, "a/b", value);
    ExpectReceiptsOf(*stored, value.kind());
    for (const Receipt& receipt : stored->receipts()) {
      EXPECT_EQ(receipt.type, value.type());
      if (value.kind() == ValueKind::kTable) {
        EXPECT_EQ(receipt.rows, value.num_rows());
      }
    }
  }
  if (const auto table = StreamedTable(subject)) {
    const OutputPtr stored = Store(*manager, "a/b", StreamOf(*table));
    ExpectReceiptsOf(*stored, ValueKind::kStream);
  }
}

void ReceiptsOfDifferentOutputsHaveDifferentPaths(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [value, other] = DifferentValues(subject);
  std::vector<Place> places = {{.key = {"a"}}, {.key = {"a", "b"}}};
  if (subject.takes_partitions) {
    places.push_back({.key = {"a"}, .partition = "p"});
    places.push_back({.key = {"a"}, .partition = "q"});
  }
  std::set<std::string> paths;
  for (const Place& place : places) {
    const OutputPtr stored = Store(*manager, place, value);
    for (const Receipt& receipt : stored->receipts()) {
      EXPECT_TRUE(paths.insert(receipt.path).second) << receipt.path;
    }
  }
}

void AReceiptCarriesTheVersionThatTheRunGave(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [value, other] = DifferentValues(subject);
  const auto output = std::make_shared<OutputContext>(
      OutputContext::Fields{.asset_key = AssetKey::Parse("a").value(),
                            .version = "0190163d8694739baea5966c26f8ad91"});
  ASSERT_THAT(manager->HandleOutput(*output, value), IsOk());
  for (const Receipt& receipt : output->receipts()) {
    EXPECT_EQ(receipt.version, output->version());
  }
}

void AValueThatWasReplacedIsAConflictForWhoExpectsTheOld(
    const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [value, other] = DifferentValues(subject);
  const OutputPtr stored = Store(*manager, "a", value);
  if (stored->receipts().empty()) GTEST_SKIP() << "its values have no versions";
  const LoadRequest request{.expected_version = stored->receipts().front().version};
  EXPECT_THAT(Load(*manager, *stored, request), IsOkAndHolds(HasDataOf(value)));
  Store(*manager, "a", other);
  EXPECT_THAT(Load(*manager, *stored, request), FailsWith(ErrorCode::kConflict));
  // The same value stored once more is another version too.
  Store(*manager, "a", value);
  EXPECT_THAT(Load(*manager, *stored, request), FailsWith(ErrorCode::kConflict));
}

/// Stores `value` for a step that has said `metadata` of it.
OutputPtr StoreWithMetadata(IOManager& manager, const Value& value, Metadata metadata) {
  const auto output = std::make_shared<OutputContext>(OutputContext::Fields{
      .asset_key = AssetKey::Parse("a").value(), .output_metadata = std::move(metadata)});
  EXPECT_THAT(manager.HandleOutput(*output, value), IsOk());
  return output;
}

void MetadataOfTheStepStays(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [value, other] = DifferentValues(subject);
  const Metadata of_step = {{"said by the step", 3}};
  const OutputPtr output = StoreWithMetadata(*manager, value, of_step);
  const MetadataValue* const kept =
      FindMetadata(output->output_metadata(), "said by the step");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->int_value(), 3);
}

void AStepMaySayWhatTheManagerSaysToo(const IOManagerUnderTest& subject) {
  const auto manager = subject.make();
  const auto [value, other] = DifferentValues(subject);
  const Metadata said = StoreWithMetadata(*manager, value, {})->output_metadata();
  Metadata of_step;
  for (const auto& [name, entry] : said) SetMetadata(of_step, name, "by the step");
  const OutputPtr output = StoreWithMetadata(*manager, value, of_step);
  ExpectLoads(subject, *manager, *output, value);
}

constexpr Behaviour kBehaviours[] = {
    {"ReceiptsDescribeWhatWasStored", ReceiptsDescribeWhatWasStored},
    {"ReceiptsOfDifferentOutputsHaveDifferentPaths",
     ReceiptsOfDifferentOutputsHaveDifferentPaths},
    {"AReceiptCarriesTheVersionThatTheRunGave", AReceiptCarriesTheVersionThatTheRunGave},
    {"AValueThatWasReplacedIsAConflictForWhoExpectsTheOld",
     AValueThatWasReplacedIsAConflictForWhoExpectsTheOld},
    {"MetadataOfTheStepStays", MetadataOfTheStepStays},
    {"AStepMaySayWhatTheManagerSaysToo", AStepMaySayWhatTheManagerSaysToo},
};

}  // namespace

std::span<const Behaviour> ContextBehaviours() { return kBehaviours; }

}  // namespace entrepot::testing::io_manager_conformance
