#include "entrepot/asset/time_window_partitions.h"

#include <vector>

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

constexpr UnixMicros kHour = UnixMicros{3600} * 1'000'000;

// The instant of a UTC time, written as FormatUtc does but for the fraction.
UnixMicros At(std::string_view utc) {
  TimeWindowOptions hours{.cadence = Cadence::kHourly, .start = "1970-01-01"};
  hours.format = "%Y-%m-%dT%H:%MZ";
  const auto windows = TimeWindowPartitions::Make(hours).value();
  return windows.WindowOf(windows.NumberOf(utc).value()).start;
}

TimeWindowPartitions Make(TimeWindowOptions options) {
  return TimeWindowPartitions::Make(std::move(options)).value();
}

std::vector<std::string> Keys(const TimeWindowPartitions& windows, std::int64_t count) {
  std::vector<std::string> keys;
  for (std::int64_t number = 0; number < count; ++number) {
    keys.push_back(windows.KeyOf(number));
  }
  return keys;
}

// How long each window is, in hours.
std::vector<std::int64_t> Lengths(const TimeWindowPartitions& windows,
                                  std::int64_t count) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t number = 0; number < count; ++number) {
    const TimeWindow window = windows.WindowOf(number);
    lengths.push_back((window.end - window.start) / kHour);
  }
  return lengths;
}

TEST(TimeWindowPartitionsTest, ADayIsAPartitionOnceItHasEnded) {
  const auto daily = Make({.start = "2024-01-01"});
  EXPECT_EQ(daily.Count(At("2023-06-01T00:00Z")), 0);
  EXPECT_EQ(daily.Count(At("2024-01-01T12:00Z")), 0);
  EXPECT_EQ(daily.Count(At("2024-01-02T00:00Z") - 1), 0);
  EXPECT_EQ(daily.Count(At("2024-01-02T00:00Z")), 1);
  EXPECT_EQ(daily.Count(At("2024-01-04T23:00Z")), 3);
  EXPECT_THAT(Keys(daily, 3), ElementsAre("2024-01-01", "2024-01-02", "2024-01-03"));
}

TEST(TimeWindowPartitionsTest, AnEndOffsetAddsOrTakesAwayWindowsAtTheEnd) {
  const UnixMicros now = At("2024-01-04T12:00Z");
  EXPECT_EQ(Make({.start = "2024-01-01", .end_offset = 1}).Count(now), 4);
  EXPECT_EQ(Make({.start = "2024-01-01", .end_offset = -1}).Count(now), 2);
  EXPECT_EQ(Make({.start = "2024-01-01", .end_offset = -9}).Count(now), 0);
}

TEST(TimeWindowPartitionsTest, NoWindowEndsAfterTheEnd) {
  const UnixMicros now = At("2025-01-01T00:00Z");
  EXPECT_EQ(Make({.start = "2024-01-10", .end = "2024-01-12"}).Count(now), 2);
  EXPECT_EQ(Make({.start = "2024-01-10", .end = "2024-01-12T23:59"}).Count(now), 2);
  EXPECT_EQ(
      Make({.start = "2024-01-10", .end = "2024-01-12", .end_offset = 3}).Count(now), 2);
  EXPECT_THAT(TimeWindowPartitions::Make({.start = "2024-01-10", .end = "2024-01-10"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("none ends by '2024-01-10'")));
}

TEST(TimeWindowPartitionsTest, TheFirstWindowStartsAtTheStartOrTheNextTimeAfterIt) {
  using C = Cadence;
  EXPECT_THAT(Keys(Make({.cadence = C::kHourly, .start = "2024-01-01T05:01"}), 2),
              ElementsAre("2024-01-01-06:00", "2024-01-01-07:00"));
  EXPECT_THAT(Keys(Make({.start = "2024-01-01", .hour_offset = 7}), 1),
              ElementsAre("2024-01-01"));
  EXPECT_THAT(Keys(Make({.start = "2024-01-01T08:00", .hour_offset = 7}), 1),
              ElementsAre("2024-01-02"));
  EXPECT_THAT(Keys(Make({.cadence = C::kWeekly, .start = "2024-01-01"}), 2),
              ElementsAre("2024-01-07", "2024-01-14"));  // Sundays.
  EXPECT_THAT(
      Keys(Make({.cadence = C::kWeekly, .start = "2024-01-01", .day_offset = 1}), 2),
      ElementsAre("2024-01-01", "2024-01-08"));  // Mondays.
  EXPECT_THAT(Keys(Make({.cadence = C::kMonthly, .start = "2023-11-02"}), 3),
              ElementsAre("2023-12-01", "2024-01-01", "2024-02-01"));
  EXPECT_THAT(
      Keys(Make({.cadence = C::kMonthly, .start = "2024-03-12", .day_offset = 5}), 2),
      ElementsAre("2024-04-05", "2024-05-05"));
}

TEST(TimeWindowPartitionsTest, WindowsMeetAndTakeTheLengthOfTheirMonth) {
  const auto monthly = Make({.cadence = Cadence::kMonthly, .start = "2024-01-01"});
  EXPECT_THAT(Lengths(monthly, 4), ElementsAre(31 * 24, 29 * 24, 31 * 24, 30 * 24));
  for (std::int64_t number = 0; number < 30; ++number) {
    EXPECT_EQ(monthly.WindowOf(number).end, monthly.WindowOf(number + 1).start);
  }
}

TEST(TimeWindowPartitionsTest, DaysOfAChangeOfTheClocksHave23And25Hours) {
  TimeWindowOptions options{.start = "2024-03-30", .timezone = "Europe/Berlin"};
  EXPECT_THAT(Lengths(Make(options), 3), ElementsAre(24, 23, 24));
  EXPECT_EQ(
      Make(options).WindowOf(1),
      (TimeWindow{At("2024-03-30T23:00Z"), At("2024-03-31T22:00Z"), "Europe/Berlin"}));
  options.start = "2024-10-26";
  EXPECT_THAT(Lengths(Make(options), 3), ElementsAre(24, 25, 24));
}

TEST(TimeWindowPartitionsTest, TheRuleOfAZoneHoldsAfterTheListOfItsChangesEnds) {
  const auto berlin = Make({.start = "2040-03-24", .timezone = "Europe/Berlin"});
  EXPECT_THAT(Lengths(berlin, 2), ElementsAre(24, 23));  // The list ends in 2037.
  EXPECT_EQ(berlin.options().start, "2040-03-24T00:00:00+0100");
  EXPECT_EQ(Make({.start = "2099-07-01", .timezone = "Europe/Berlin"}).options().start,
            "2099-07-01T00:00:00+0200");
}

TEST(TimeWindowPartitionsTest, TheSecondOfTwoHoursOfTheSameNameShowsItsUtcOffset) {
  const auto hourly = Make({.cadence = Cadence::kHourly,
                            .start = "2024-11-03-00:00",
                            .timezone = "America/New_York"});
  EXPECT_THAT(Keys(hourly, 4), ElementsAre("2024-11-03-00:00", "2024-11-03-01:00",
                                           "2024-11-03-01:00-0500", "2024-11-03-02:00"));
  EXPECT_EQ(hourly.WindowOf(*hourly.NumberOf("2024-11-03-01:00")).start,
            At("2024-11-03T05:00Z"));
  EXPECT_EQ(hourly.WindowOf(*hourly.NumberOf("2024-11-03-01:00-0500")).start,
            At("2024-11-03T06:00Z"));
  EXPECT_EQ(hourly.NumberOf("2024-11-03-01:00-0400"), std::nullopt);
  EXPECT_EQ(hourly.NumberOf("2024-11-03-00:00-0400"), std::nullopt);
}

TEST(TimeWindowPartitionsTest, AnHourThatTheClocksSkipIsNoPartition) {
  const auto hourly = Make({.cadence = Cadence::kHourly,
                            .start = "2024-03-31T01:00",
                            .timezone = "Europe/Berlin"});
  EXPECT_THAT(Keys(hourly, 2), ElementsAre("2024-03-31-01:00", "2024-03-31-03:00"));
  EXPECT_EQ(hourly.NumberOf("2024-03-31-02:00"), std::nullopt);
}

TEST(TimeWindowPartitionsTest, AScheduledTimeThatIsSkippedStartsAtTheChange) {
  TimeWindowOptions options{.start = "2024-03-09", .timezone = "America/New_York"};
  options.hour_offset = 2;
  options.minute_offset = 30;
  options.format = "%Y-%m-%d-%H:%M";
  const auto skipped = Make(options);
  EXPECT_EQ(skipped.WindowOf(*skipped.NumberOf("2024-03-10-02:30")).start,
            At("2024-03-10T07:00Z"));  // 03:00, when it is no longer 02:00.

  options.start = "2024-11-02";
  options.hour_offset = 1;
  const auto repeated = Make(options);
  EXPECT_EQ(repeated.WindowOf(*repeated.NumberOf("2024-11-03-01:30")).start,
            At("2024-11-03T06:00Z") + kHour / 2);  // The second 01:30, as Dagster has it.
}

TEST(TimeWindowPartitionsTest, ADayThatAPlaceSkippedIsEmptyAndCollidesWithNone) {
  const auto samoa = Make({.start = "2011-12-29", .timezone = "Pacific/Apia"});
  EXPECT_THAT(Keys(samoa, 3), ElementsAre("2011-12-29", "2011-12-30", "2011-12-31"));
  EXPECT_THAT(Lengths(samoa, 3), ElementsAre(24, 0, 24));
  EXPECT_EQ(samoa.NumberAt(samoa.WindowOf(2).start), 2);
}

TEST(TimeWindowPartitionsTest, HoursOfAZoneOnTheHalfHourStartWhenItsClocksShowTheMinute) {
  const auto hourly = Make({.cadence = Cadence::kHourly,
                            .start = "2024-01-01T00:10",
                            .timezone = "Asia/Kolkata",
                            .minute_offset = 15});
  EXPECT_EQ(hourly.KeyOf(0), "2024-01-01-00:15");
  EXPECT_EQ(hourly.WindowOf(0).start, At("2023-12-31T18:00Z") + kHour * 3 / 4);
}

// Every key leads back to its window, and every moment of a window to its key.
TEST(TimeWindowPartitionsTest, KeysWindowsAndNumbersAgreeThroughYearsOfChanges) {
  for (const char* zone : {"UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu",
                           "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo"}) {
    for (const Cadence cadence :
         {Cadence::kHourly, Cadence::kDaily, Cadence::kWeekly, Cadence::kMonthly}) {
      const auto windows =
          Make({.cadence = cadence, .start = "2010-01-01", .timezone = zone});
      const std::int64_t count =
          std::min<std::int64_t>(windows.Count(At("2020-01-01T00:00Z")), 20'000);
      ASSERT_GT(count, 100);
      for (std::int64_t number = 0; number < count; ++number) {
        const std::string key = windows.KeyOf(number);
        ASSERT_EQ(windows.NumberOf(key), number) << zone << " " << key;
        const TimeWindow window = windows.WindowOf(number);
        ASSERT_LT(window.start, window.end) << zone << " " << key;
        ASSERT_EQ(windows.NumberAt(window.start), number) << zone << " " << key;
        ASSERT_EQ(windows.NumberAt(window.end - 1), number) << zone << " " << key;
      }
    }
  }
}

TEST(TimeWindowPartitionsTest, OnlyTheExactKeyOfAWindowIsAKey) {
  const auto daily = Make({.start = "2024-01-01", .end = "2025-01-01"});
  EXPECT_EQ(daily.NumberOf("2024-02-29"), 59);
  for (const char* key : {"", "2024-13-01", "2023-02-29", "2024-1-1", "2024-01-01 ",
                          " 2024-01-01", "2024-01-01T00:00", "2023-12-31", "2025-01-01",
                          "+024-01-01", "2024-01-0\0", "not a date"}) {
    EXPECT_EQ(daily.NumberOf(key), std::nullopt) << key;
  }
  const auto weekly = Make({.cadence = Cadence::kWeekly, .start = "2024-01-07"});
  EXPECT_EQ(weekly.NumberOf("2024-01-08"), std::nullopt);
  const auto monthly = Make({.cadence = Cadence::kMonthly, .start = "2024-01-01"});
  EXPECT_EQ(monthly.NumberOf("2024-02-02"), std::nullopt);
}

TEST(TimeWindowPartitionsTest, KeysFollowTheFormat) {
  using C = Cadence;
  const auto key = [](Cadence cadence, const char* format) {
    const auto windows = Make(
        {.cadence = cadence, .start = "2024-05-01", .format = format, .hour_offset = 0});
    EXPECT_EQ(windows.NumberOf(windows.KeyOf(40)), 40);
    return windows.KeyOf(0);
  };
  EXPECT_EQ(key(C::kMonthly, "%Y-%m"), "2024-05");
  EXPECT_EQ(key(C::kMonthly, "%b %y"), "May 24");
  EXPECT_EQ(key(C::kDaily, "%d. %B %Y, 100%%"), "01. May 2024, 100%");
  EXPECT_EQ(key(C::kDaily, "%Y/%m/%d"), "2024/05/01");
  EXPECT_EQ(key(C::kHourly, "%Y%m%dT%H%M%S%z"), "20240501T000000+0000");
  EXPECT_EQ(key(C::kHourly, "%Y-%m-%d %H"), "2024-05-01 00");
}

TEST(TimeWindowPartitionsTest, AFormatThatHidesMinutesStillFindsItsHours) {
  const auto hourly = Make({.cadence = Cadence::kHourly,
                            .start = "2024-01-01",
                            .format = "%Y-%m-%d-%H",
                            .minute_offset = 15});
  EXPECT_EQ(hourly.KeyOf(3), "2024-01-01-03");
  EXPECT_EQ(hourly.NumberOf("2024-01-01-03"), 3);
}

TEST(TimeWindowPartitionsTest, StartsMayBeWrittenLikeKeysOrAsIso8601) {
  const auto start = [](std::string text) {
    return Make({.start = std::move(text),
                 .timezone = "Europe/Berlin",
                 .format = "%d/%m/%Y"})
        .options()
        .start;
  };
  EXPECT_EQ(start("02/01/2024"), "2024-01-02T00:00:00+0100");
  EXPECT_EQ(start("2024-01-02"), "2024-01-02T00:00:00+0100");
  EXPECT_EQ(start("2024-01-02T00:00:00"), "2024-01-02T00:00:00+0100");
  EXPECT_EQ(start("2024-01-01T23:00:00Z"), "2024-01-02T00:00:00+0100");
  EXPECT_EQ(start("2024-01-01T18:00:00-05:00"), "2024-01-02T00:00:00+0100");
}

TEST(TimeWindowPartitionsTest, DefinitionsThatMakeNoSenseAreRefusedWithTheReason) {
  const auto expect = [](TimeWindowOptions options, const char* text) {
    EXPECT_THAT(TimeWindowPartitions::Make(std::move(options)),
                FailsWith(ErrorCode::kInvalid, HasSubstr(text)));
  };
  expect({.start = "2024/01/01"}, "no time as '%Y-%m-%d' writes it");
  expect({.start = ""}, "the start of daily partitions");
  expect({.start = "2024-01-01", .end = "soon"}, "the end of daily partitions");
  expect({.start = "2024-01-01", .timezone = "Europe/Berlln"},
         "there is no time zone 'Europe/Berlln'; did you mean 'Europe/Berlin'");
  expect({.start = "2024-01-01", .timezone = "Mars"}, "there is no time zone 'Mars'");
  expect({.start = "2024-01-01", .format = "%Y-%Q"}, "'%Q' is none of");
  expect({.start = "2024-01-01", .format = "%Y-%m-%d%"}, "'%' is none of");
  expect({.start = "2024-01-01", .format = "%Y-%m"}, "shows no day (%d)");
  expect({.cadence = Cadence::kHourly, .start = "2024-01-01", .format = "%Y-%m-%d"},
         "shows no hour (%H)");
  expect({.start = "2024-01-01", .format = "%Y-%m-%d..."}, "'...'");
  expect({.start = "2024-01-01", .minute_offset = 60}, "minute_offset");
  expect({.start = "2024-01-01", .hour_offset = 25}, "from 0 to 23, not 25");
  expect({.start = "2024-01-01", .day_offset = 1}, "day_offset of daily");
  expect({.cadence = Cadence::kHourly, .start = "2024-01-01", .hour_offset = 1},
         "hour_offset of hourly");
  expect({.cadence = Cadence::kWeekly, .start = "2024-01-01", .day_offset = 7},
         "from 0 to 6");
  expect({.cadence = Cadence::kMonthly, .start = "2024-01-01", .day_offset = 31},
         "from 1 to 28");
}

TEST(TimeWindowPartitionsTest, CronSchedulesOfFourFormsAreCadences) {
  const auto read = [](const char* cron) {
    TimeWindowOptions options{.start = "2024-01-01"};
    EXPECT_THAT(SetCronSchedule(options, cron), IsOk()) << cron;
    return Make(options);
  };
  EXPECT_EQ(
      read("15 * * * *"),
      Make({.cadence = Cadence::kHourly, .start = "2024-01-01", .minute_offset = 15}));
  EXPECT_EQ(read("0 0 * * *"), Make({.start = "2024-01-01"}));
  EXPECT_EQ(read(" 30  7 * * 1"), Make({.cadence = Cadence::kWeekly,
                                        .start = "2024-01-01",
                                        .minute_offset = 30,
                                        .hour_offset = 7,
                                        .day_offset = 1}));
  EXPECT_EQ(read("0 0 5 * *"),
            Make({.cadence = Cadence::kMonthly, .start = "2024-01-01", .day_offset = 5}));
  for (const char* cron : {"", "0 0 * *", "*/15 * * * *", "0 0 1 1 *", "0 0 1 * 1",
                           "0 * 1 * *", "* * * * *", "@daily", "0 0 * * MON"}) {
    TimeWindowOptions options;
    EXPECT_THAT(SetCronSchedule(options, cron),
                FailsWith(ErrorCode::kUnsupported, HasSubstr("'M H * * D'")))
        << cron;
  }
}

}  // namespace
}  // namespace entrepot
