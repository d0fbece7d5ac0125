#include "entrepot/asset/partition_mapping.h"

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::SizeIs;

constexpr UnixMicros kDay = UnixMicros{24} * 3600 * 1'000'000;
constexpr UnixMicros kNow = 20'000 * kDay;  // 2024-10-04, midnight UTC.

PartitionsPtr Static(std::vector<std::string> keys) {
  return PartitionsDefinition::Static(std::move(keys)).value();
}

PartitionsPtr Windows(Cadence cadence, std::string start, std::string timezone = "UTC") {
  return PartitionsDefinition::TimeWindows({.cadence = cadence,
                                            .start = std::move(start),
                                            .timezone = std::move(timezone)})
      .value();
}

PartitionsPtr Daily() { return Windows(Cadence::kDaily, "2024-01-01"); }
PartitionsPtr Letters() { return Static({"a", "b", "c"}); }

auto Map(const PartitionMapping& mapping, const PartitionsPtr& downstream,
         std::optional<std::string> key, const PartitionsPtr& upstream,
         UnixMicros now = kNow) {
  return UpstreamPartitions(mapping, downstream.get(), key, *upstream, now);
}

TEST(PartitionMappingTest, AnInputWithoutMappingGetsTheOneDagsterInfers) {
  const PartitionsPtr hourly = Windows(Cadence::kHourly, "2024-01-01");
  EXPECT_EQ(InferMapping(Daily().get(), hourly.get()),
            PartitionMapping(TimeWindowPartitionMapping()));
  EXPECT_EQ(InferMapping(Letters().get(), Letters().get()),
            PartitionMapping(IdentityPartitionMapping()));
  EXPECT_EQ(InferMapping(Daily().get(), Letters().get()),
            PartitionMapping(IdentityPartitionMapping()));
  EXPECT_EQ(InferMapping(nullptr, Daily().get()),
            PartitionMapping(AllPartitionMapping()));
  EXPECT_EQ(InferMapping(Daily().get(), nullptr),
            PartitionMapping(AllPartitionMapping()));
}

TEST(PartitionMappingTest, ARunWithoutPartitionReadsAllOfThem) {
  EXPECT_THAT(Map(AllPartitionMapping(), nullptr, std::nullopt, Letters()),
              IsOkAndHolds(ElementsAre("a", "b", "c")));
  EXPECT_THAT(Map(IdentityPartitionMapping(), Letters(), std::nullopt, Letters()),
              IsOkAndHolds(ElementsAre("a", "b", "c")));
  EXPECT_THAT(Map(TimeWindowPartitionMapping(-1, -1), Daily(), std::nullopt, Daily()),
              IsOkAndHolds(SizeIs(277)));
}

TEST(PartitionMappingTest, IdentityReadsTheSameKeyAndFailsWhereThereIsNone) {
  const PartitionsPtr more = Static({"c", "d"});
  EXPECT_THAT(Map(IdentityPartitionMapping(), more, "c", Letters()),
              IsOkAndHolds(ElementsAre("c")));
  EXPECT_THAT(Map(IdentityPartitionMapping(), more, "d", Letters()),
              FailsWith(ErrorCode::kNotFound,
                        HasSubstr("partition 'd' reads an upstream partition that does "
                                  "not exist: 'd' is no partition of static keys 'a'")));
}

TEST(PartitionMappingTest, TheReadersOwnKeyHasToExist) {
  EXPECT_THAT(Map(AllPartitionMapping(), Letters(), "x", Letters()),
              FailsWith(ErrorCode::kNotFound, HasSubstr("'x' is no partition of")));
}

TEST(PartitionMappingTest, LastReadsTheNewestOrNothing) {
  EXPECT_THAT(Map(LastPartitionMapping(), nullptr, std::nullopt, Daily()),
              IsOkAndHolds(ElementsAre("2024-10-03")));
  EXPECT_THAT(Map(LastPartitionMapping(), Letters(), "b", Daily(), /*now=*/0),
              IsOkAndHolds(IsEmpty()));
}

TEST(PartitionMappingTest, SpecificKeysComeInUpstreamsOrderAndOnce) {
  EXPECT_THAT(
      Map(SpecificPartitionMapping{{"c", "a", "c"}}, nullptr, std::nullopt, Letters()),
      IsOkAndHolds(ElementsAre("a", "c")));
  EXPECT_THAT(
      Map(SpecificPartitionMapping{{"2025-01-01"}}, nullptr, std::nullopt, Daily()),
      FailsWith(ErrorCode::kNotFound, HasSubstr("a run without partition reads")));
}

TEST(PartitionMappingTest, StaticPairsMapManyToManyInUpstreamsOrder) {
  const PartitionsPtr halves = Static({"low", "high"});
  const StaticPartitionMapping mapping{
      {{"b", "high"}, {"a", "low"}, {"a", "high"}, {"b", "low"}, {"c", "high"}}};
  EXPECT_THAT(Map(mapping, halves, "low", Letters()),
              IsOkAndHolds(ElementsAre("a", "b")));
  EXPECT_THAT(Map(mapping, halves, "high", Letters()),
              IsOkAndHolds(ElementsAre("a", "b", "c")));
  EXPECT_THAT(Map(StaticPartitionMapping{}, halves, "low", Letters()),
              IsOkAndHolds(IsEmpty()));
}

TEST(PartitionMappingTest, WindowsOfTheSameCadenceMeetWhateverTheirFormat) {
  const PartitionsPtr dotted =
      PartitionsDefinition::TimeWindows({.start = "2023-06-01", .format = "%d.%m.%Y"})
          .value();
  EXPECT_THAT(Map(TimeWindowPartitionMapping(), Daily(), "2024-02-29", dotted),
              IsOkAndHolds(ElementsAre("29.02.2024")));
}

TEST(PartitionMappingTest, OffsetsMoveBothEndsOfTheWindow) {
  const auto map = [](int start, int end) {
    return Map(TimeWindowPartitionMapping(start, end), Daily(), "2024-03-01", Daily());
  };
  EXPECT_THAT(map(-1, -1), IsOkAndHolds(ElementsAre("2024-02-29")));
  EXPECT_THAT(map(-2, 0),
              IsOkAndHolds(ElementsAre("2024-02-28", "2024-02-29", "2024-03-01")));
  EXPECT_THAT(map(0, 1), IsOkAndHolds(ElementsAre("2024-03-01", "2024-03-02")));
  EXPECT_THAT(map(1, 0), FailsWith(ErrorCode::kInvalid, HasSubstr("read nothing")));
}

TEST(PartitionMappingTest, ADayReadsThe24Or23Or25HoursThatItHas) {
  const PartitionsPtr daily = Windows(Cadence::kDaily, "2024-01-01", "Europe/Berlin");
  const PartitionsPtr hourly = Windows(Cadence::kHourly, "2023-01-01", "Europe/Berlin");
  const auto map = [&](const char* key) {
    return Map(TimeWindowPartitionMapping(), daily, key, hourly, kNow + 365 * kDay)
        .value();
  };
  EXPECT_THAT(map("2024-05-01"), SizeIs(24));
  EXPECT_THAT(map("2024-03-31"), SizeIs(23));
  const std::vector<std::string> longest = map("2024-10-27");
  EXPECT_THAT(longest, SizeIs(25));
  EXPECT_EQ(longest.front(), "2024-10-27-00:00");
  EXPECT_EQ(longest.back(), "2024-10-27-23:00");
}

TEST(PartitionMappingTest, AnHourReadsTheDayThatHoldsIt) {
  const PartitionsPtr hourly = Windows(Cadence::kHourly, "2024-01-01");
  const auto map = [&](const char* key, int offset) {
    return Map(TimeWindowPartitionMapping(offset, offset), hourly, key, Daily());
  };
  EXPECT_THAT(map("2024-02-03-23:00", 0), IsOkAndHolds(ElementsAre("2024-02-03")));
  EXPECT_THAT(map("2024-02-03-00:00", 0), IsOkAndHolds(ElementsAre("2024-02-03")));
  EXPECT_THAT(map("2024-02-03-00:00", -1), IsOkAndHolds(ElementsAre("2024-02-02")));
}

TEST(PartitionMappingTest, AMonthReadsTheWeeksThatTouchIt) {
  const PartitionsPtr monthly = Windows(Cadence::kMonthly, "2024-02-01");
  const PartitionsPtr weekly = Windows(Cadence::kWeekly, "2024-01-01");
  EXPECT_THAT(Map(TimeWindowPartitionMapping(), monthly, "2024-02-01", weekly),
              IsOkAndHolds(ElementsAre("2024-01-28", "2024-02-04", "2024-02-11",
                                       "2024-02-18", "2024-02-25")));
}

TEST(PartitionMappingTest, ZonesMayDiffer) {
  const PartitionsPtr berlin = Windows(Cadence::kDaily, "2024-01-02", "Europe/Berlin");
  EXPECT_THAT(Map(TimeWindowPartitionMapping(), berlin, "2024-06-02", Daily()),
              IsOkAndHolds(ElementsAre("2024-06-01", "2024-06-02")));
}

TEST(PartitionMappingTest, TheFirstPartitionHasNoneBeforeIt) {
  const auto map = [](int start, int end) {
    return Map(TimeWindowPartitionMapping(start, end), Daily(), "2024-01-01", Daily());
  };
  EXPECT_THAT(map(-1, -1), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(map(-3, 0), IsOkAndHolds(ElementsAre("2024-01-01")));
  EXPECT_THAT(Map(TimeWindowPartitionMapping(-2, -1), Daily(), "2024-01-02", Daily()),
              IsOkAndHolds(ElementsAre("2024-01-01")));
}

TEST(PartitionMappingTest, ADayThatAPlaceSkippedReadsNoHour) {
  const PartitionsPtr daily = Windows(Cadence::kDaily, "2011-12-01", "Pacific/Apia");
  const PartitionsPtr hourly = Windows(Cadence::kHourly, "2011-12-01", "Pacific/Apia");
  EXPECT_THAT(Map(TimeWindowPartitionMapping(), daily, "2011-12-30", hourly),
              IsOkAndHolds(IsEmpty()));
}

TEST(PartitionMappingTest, AWindowWithoutPartitionIsAnErrorUnlessAllowed) {
  const PartitionsPtr later = Windows(Cadence::kDaily, "2024-02-01");
  EXPECT_THAT(
      Map(TimeWindowPartitionMapping(), Daily(), "2024-01-31", later),
      FailsWith(ErrorCode::kNotFound,
                AllOf(HasSubstr("partition '2024-01-31' reads an upstream partition"),
                      HasSubstr("'2024-01-31' is no partition of daily from "
                                "'2024-02-01'"))));
  EXPECT_THAT(Map(TimeWindowPartitionMapping(-1, 0), Daily(), "2024-01-31", later),
              FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(Map(TimeWindowPartitionMapping(0, 1), Daily(), "2024-10-03", Daily()),
              FailsWith(ErrorCode::kNotFound,
                        HasSubstr("'2024-10-04' is no partition of daily from "
                                  "'2024-01-01': its window has not ended")));

  EXPECT_THAT(Map(TimeWindowPartitionMapping(0, 0, true), Daily(), "2024-01-31", later),
              IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(
      Map(TimeWindowPartitionMapping(-1, 1, true), Daily(), "2024-10-03", Daily()),
      IsOkAndHolds(ElementsAre("2024-10-02", "2024-10-03")));
  EXPECT_THAT(Map(TimeWindowPartitionMapping(-9, 9, true), Daily(), "2024-01-31", later),
              IsOkAndHolds(SizeIs(9)));
}

TEST(PartitionMappingTest, MappingsThatCannotConnectTheAssetsAreDefinitionErrors) {
  const auto expect = [](const PartitionMapping& mapping, const PartitionsPtr& downstream,
                         const PartitionsPtr& upstream, const char* text) {
    EXPECT_THAT(CheckMapping(mapping, downstream.get(), upstream.get()),
                FailsWith(ErrorCode::kInvalid, HasSubstr(text)));
  };
  expect(IdentityPartitionMapping(), nullptr, Daily(), "needs an asset with partitions");
  expect(IdentityPartitionMapping(), Daily(), nullptr,
         "an upstream asset with partitions");
  expect(TimeWindowPartitionMapping(), Letters(), Daily(),
         "needs windows of time on both");
  expect(TimeWindowPartitionMapping(1, 0), Daily(), Daily(),
         "start_offset 1 lies after end_offset 0");
  expect(StaticPartitionMapping(), Letters(), Daily(), "needs static keys on both sides");
  EXPECT_THAT(CheckMapping(SpecificPartitionMapping{{"d"}}, nullptr, Letters().get()),
              FailsWith(ErrorCode::kNotFound, HasSubstr("'d' is no partition")));
  EXPECT_THAT(CheckMapping(StaticPartitionMapping{{{"a", "z"}}}, Letters().get(),
                           Letters().get()),
              FailsWith(ErrorCode::kNotFound, HasSubstr("'z' is no partition")));
  EXPECT_THAT(CheckMapping(AllPartitionMapping(), nullptr, nullptr), IsOk());
  EXPECT_THAT(CheckMapping(StaticPartitionMapping{{{"a", "b"}}}, Letters().get(),
                           Letters().get()),
              IsOk());
}

}  // namespace
}  // namespace entrepot
