#include "entrepot/asset/partitions_definition.h"

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

constexpr UnixMicros kDay = UnixMicros{24} * 3600 * 1'000'000;
constexpr UnixMicros kNewYear2024 = 19'723 * kDay;  // Midnight, UTC.

PartitionsPtr Regions() {
  return PartitionsDefinition::Static({"south", "north", "east"}).value();
}

PartitionsPtr Daily(TimeWindowOptions options = {.start = "2024-01-01"}) {
  return PartitionsDefinition::TimeWindows(std::move(options)).value();
}

TEST(PartitionsDefinitionTest, StaticKeysKeepTheirOrder) {
  const PartitionsPtr regions = Regions();
  EXPECT_THAT(regions->Keys(0), ElementsAre("south", "north", "east"));
  EXPECT_EQ(regions->Count(0), 3);
  EXPECT_EQ(regions->FirstKey(0), "south");
  EXPECT_EQ(regions->LastKey(0), "east");
  EXPECT_TRUE(regions->Has("north", 0));
  EXPECT_FALSE(regions->Has("North", 0));
  EXPECT_THAT(regions->NumberOf("east", 0), IsOkAndHolds(2));
  EXPECT_THAT(regions->KeysBetween("south", "north", 0),
              IsOkAndHolds(ElementsAre("south", "north")));
  EXPECT_THAT(regions->Neighbour("east", -2, 0), IsOkAndHolds("south"));
}

TEST(PartitionsDefinitionTest, KeysThatCannotBeToldApartOrShownAreRefused) {
  const auto expect = [](std::vector<std::string> keys, const char* text) {
    EXPECT_THAT(PartitionsDefinition::Static(std::move(keys)),
                FailsWith(ErrorCode::kInvalid, HasSubstr(text)));
  };
  expect({"a", "b", "a"}, "'a' is there twice");
  expect({"a", ""}, "a partition key is empty");
  expect({"a...b"}, "separates the ends of a range");
  for (const char c : std::string("\a\b\t\n\v\f\r\0", 8)) {
    expect({std::string("a") + c}, "control character");
  }
  expect({"\xff"}, "UTF-8");
  EXPECT_THAT(PartitionsDefinition::Static({" ", "a|b", "x' OR '1'='1", "ä/../b"}),
              IsOk());
}

TEST(PartitionsDefinitionTest, AnUnknownStaticKeyGetsTheNearestOne) {
  EXPECT_THAT(Regions()->Check("nroth", 0),
              FailsWith(ErrorCode::kNotFound,
                        HasSubstr("'nroth' is no partition of static keys 'south', "
                                  "'north', 'east'; did you mean 'north'")));
  EXPECT_THAT(PartitionsDefinition::Static({}).value()->Check("a", 0),
              FailsWith(ErrorCode::kNotFound, HasSubstr("no static keys")));
}

TEST(PartitionsDefinitionTest, AnUnknownWindowGetsTheFormTheNearestKeyAndTheRange) {
  const PartitionsPtr daily = Daily();
  const UnixMicros now = kNewYear2024 + 5 * kDay;
  const auto expect = [&](const char* key, const char* text) {
    EXPECT_THAT(daily->Check(key, now),
                FailsWith(ErrorCode::kNotFound,
                          AllOf(HasSubstr("is no partition of daily from '2024-01-01'"),
                                HasSubstr(text),
                                HasSubstr("there are 5, from '2024-01-01' "
                                          "to '2024-01-05'"))))
        << key;
  };
  expect("2024-13-01", "keys are written as '2024-01-01' shows");
  expect("2023-12-31", "the nearest is '2024-01-01'");
  expect("2024-01-06", "its window has not ended");
  EXPECT_THAT(daily->Check("2024-01-01", kNewYear2024),
              FailsWith(ErrorCode::kNotFound, HasSubstr("there are none yet")));
  EXPECT_THAT(Daily({.cadence = Cadence::kWeekly, .start = "2024-01-01"})
                  ->Check("2024-01-17", kNewYear2024 + 100 * kDay),
              FailsWith(ErrorCode::kNotFound, HasSubstr("the nearest is '2024-01-14'")));
}

TEST(PartitionsDefinitionTest, WindowsAppearAsTimeGoesOn) {
  const PartitionsPtr daily = Daily();
  EXPECT_THAT(daily->Keys(kNewYear2024), IsEmpty());
  EXPECT_EQ(daily->LastKey(kNewYear2024), std::nullopt);
  EXPECT_FALSE(daily->Has("2024-01-01", kNewYear2024));
  EXPECT_TRUE(daily->Has("2024-01-01", kNewYear2024 + kDay));
  EXPECT_EQ(daily->LastKey(kNewYear2024 + 60 * kDay), "2024-02-29");
  EXPECT_THAT(daily->KeysBetween("2024-01-30", "2024-02-01", kNewYear2024 + 90 * kDay),
              IsOkAndHolds(ElementsAre("2024-01-30", "2024-01-31", "2024-02-01")));
}

TEST(PartitionsDefinitionTest, RangesAndNeighboursOutsideAreErrors) {
  const PartitionsPtr daily = Daily();
  const UnixMicros now = kNewYear2024 + 5 * kDay;
  EXPECT_THAT(daily->KeysBetween("2024-01-03", "2024-01-02", now),
              FailsWith(ErrorCode::kInvalid, HasSubstr("wrong way round")));
  EXPECT_THAT(daily->KeysBetween("2024-01-03", "2024-01-09", now),
              FailsWith(ErrorCode::kNotFound, HasSubstr("'2024-01-09'")));
  EXPECT_THAT(daily->Neighbour("2024-01-02", 3, now), IsOkAndHolds("2024-01-05"));
  EXPECT_THAT(daily->Neighbour("2024-01-02", 4, now),
              FailsWith(ErrorCode::kNotFound, HasSubstr("+4 of '2024-01-02'")));
  EXPECT_THAT(daily->Neighbour("2024-01-01", -1, now), FailsWith(ErrorCode::kNotFound));
}

TEST(PartitionsDefinitionTest, WindowsAreAskedByKeyAndByInstant) {
  const PartitionsPtr daily = Daily({.start = "2024-01-01", .end = "2024-02-01"});
  EXPECT_THAT(daily->WindowOf("2024-01-02"),
              IsOkAndHolds(TimeWindow{kNewYear2024 + kDay, kNewYear2024 + 2 * kDay}));
  EXPECT_THAT(daily->WindowOf("2024-02-01"), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(daily->KeyAt(kNewYear2024), IsOkAndHolds("2024-01-01"));
  EXPECT_THAT(daily->KeyAt(kNewYear2024 + kDay - 1), IsOkAndHolds("2024-01-01"));
  EXPECT_THAT(daily->KeyAt(kNewYear2024 - 1), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(daily->KeyAt(kNewYear2024 + 31 * kDay), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(Regions()->WindowOf("north"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no windows of time")));
  EXPECT_THAT(Regions()->KeyAt(0), FailsWith(ErrorCode::kInvalid));
}

TEST(PartitionsDefinitionTest, DefinitionsAreEqualWhenTheirPartitionsAre) {
  EXPECT_EQ(*Regions(), *Regions());
  EXPECT_FALSE(*Regions() == *PartitionsDefinition::Static({"south", "north"}).value());
  EXPECT_FALSE(*Regions() == *Daily());
  EXPECT_EQ(*Daily(), *Daily({.start = "2023-12-31T12:00", .day_offset = 0}));
  EXPECT_FALSE(*Daily() == *Daily({.start = "2024-01-01", .end = "2024-02-01"}));
  EXPECT_FALSE(*Daily() == *Daily({.start = "2024-01-01", .end_offset = 1}));
  EXPECT_FALSE(*Daily() == *Daily({.start = "2024-01-01", .timezone = "Europe/Berlin"}));
}

TEST(PartitionsDefinitionTest, JsonBringsBackAnEqualDefinition) {
  std::vector<PartitionsPtr> definitions = {
      Regions(), PartitionsDefinition::Static({}).value(), Daily(),
      Daily({.start = "2024-01-01", .end = "2024-06-01", .end_offset = -1})};
  for (const Cadence cadence : {Cadence::kHourly, Cadence::kWeekly, Cadence::kMonthly}) {
    definitions.push_back(Daily({.cadence = cadence,
                                 .start = "2024-11-03T01:30",
                                 .timezone = "America/New_York",
                                 .format = "%Y-%m-%d %H:%M",
                                 .minute_offset = 30}));
  }
  for (const PartitionsPtr& definition : definitions) {
    const auto read = PartitionsDefinition::FromJson(definition->ToJson());
    ASSERT_THAT(read, IsOk()) << definition->ToJson();
    EXPECT_EQ(**read, *definition) << definition->ToJson();
    EXPECT_EQ((*read)->ToJson(), definition->ToJson());
  }
}

TEST(PartitionsDefinitionTest, JsonThatIsNoDefinitionIsCorrupt) {
  for (const char* json :
       {"", "[]", "{}", R"({"kind": "static"})", R"({"kind": "static", "keys": [1]})",
        R"({"kind": "static", "keys": ["a", "a"]})", R"({"kind": "multi"})",
        R"({"kind": "time_window", "cadence": "daily"})",
        R"({"kind": "time_window", "cadence": "yearly", "start": "2024-01-01"})"}) {
    EXPECT_THAT(PartitionsDefinition::FromJson(json), FailsWith(ErrorCode::kCorrupt))
        << json;
  }
}

TEST(PartitionsDefinitionTest, DescribesItselfInAFewWords) {
  EXPECT_EQ(Regions()->Describe(), "static keys 'south', 'north', 'east'");
  EXPECT_EQ(PartitionsDefinition::Static({"a", "b", "c", "d", "e"}).value()->Describe(),
            "static keys 'a', 'b', 'c' and 2 more");
  EXPECT_EQ(Daily({.cadence = Cadence::kMonthly,
                   .start = "2024-01-01",
                   .end = "2024-07-01",
                   .timezone = "Europe/Berlin"})
                ->Describe(),
            "monthly from '2024-01-01' to '2024-06-01' in Europe/Berlin");
}

TEST(PartitionsDefinitionTest, QuestionsAboutOneOfManyKeysListNone) {
  // A century of hours: a question that lists them would take seconds, not microseconds.
  const PartitionsPtr hourly =
      Daily({.cadence = Cadence::kHourly, .start = "1924-01-01"});
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(hourly->Count(kNewYear2024), 876'600);
    EXPECT_TRUE(hourly->Has("2023-12-31-23:00", kNewYear2024));
    EXPECT_FALSE(hourly->Has("2024-01-01-00:00", kNewYear2024));
  }
}

}  // namespace
}  // namespace entrepot
