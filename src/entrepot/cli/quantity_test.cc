#include "entrepot/cli/quantity_internal.h"

#include <gtest/gtest.h>

namespace entrepot::internal {
namespace {

TEST(QuantityTest, GroupsDigitsOfCounts) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(336'776), "336,776");
  EXPECT_EQ(FormatCount(-1'234'567), "-1,234,567");
  EXPECT_EQ(FormatCount(-123), "-123");
  EXPECT_EQ(FormatCount(1, "row"), "1 row");
  EXPECT_EQ(FormatCount(2'000, "row"), "2,000 rows");
}

TEST(QuantityTest, ChoosesTheUnitOfASize) {
  EXPECT_EQ(FormatSize(999), "999 B");
  EXPECT_EQ(FormatSize(1'234), "1.2 kB");
  EXPECT_EQ(FormatSize(34'500'000), "34.5 MB");
  EXPECT_EQ(FormatSize(999'990'000), "1.0 GB") << "never 1000.0 MB";
}

TEST(QuantityTest, ChoosesTheUnitOfADuration) {
  EXPECT_EQ(FormatSeconds(0.000012), "12 µs");
  EXPECT_EQ(FormatSeconds(0.0000996), "0.1 ms") << "never 100 µs";
  EXPECT_EQ(FormatSeconds(0.0004), "0.4 ms");
  EXPECT_EQ(FormatSeconds(0.038), "38 ms");
  EXPECT_EQ(FormatSeconds(0.9996), "1.0 s") << "never 1000 ms";
  EXPECT_EQ(FormatSeconds(4.21), "4.2 s");
  EXPECT_EQ(FormatSeconds(59.99), "1 min 0 s");
  EXPECT_EQ(FormatSeconds(200), "3 min 20 s");
  EXPECT_EQ(FormatSeconds(7'500), "2 h 5 min");
}

TEST(QuantityTest, TellsAgesUntilADateSaysMore) {
  const UnixMicros time = 1'772'366'400'000'000;  // 2026-03-01T12:00:00Z
  const auto after = [&](std::int64_t seconds) { return time + seconds * 1'000'000; };
  EXPECT_EQ(FormatTime(time), "2026-03-01 12:00:00Z");
  EXPECT_EQ(FormatTimeWithMillis(time + 42'999), "2026-03-01 12:00:00.042Z");
  EXPECT_EQ(FormatAge(time, after(-3)), "just now") << "another machine's clock is ahead";
  EXPECT_EQ(FormatAge(time, after(20)), "20 s ago");
  EXPECT_EQ(FormatAge(time, after(130)), "2 min ago");
  EXPECT_EQ(FormatAge(time, after(7'300)), "2 h ago");
  EXPECT_EQ(FormatAge(time, after(3 * 86'400)), "3 d ago");
  EXPECT_EQ(FormatAge(time, after(90 * 86'400)), "2026-03-01");
}

}  // namespace
}  // namespace entrepot::internal
