#include "entrepot/cli/display_width_internal.h"

#include <gtest/gtest.h>

namespace entrepot::internal {
namespace {

TEST(DisplayWidthTest, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("naïve"), 5u);
  EXPECT_EQ(DisplayWidth("東京"), 4u);
  EXPECT_EQ(DisplayWidth("🚀"), 2u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u) << "a combining accent";
  EXPECT_EQ(DisplayWidth("│├─…"), 4u);
}

TEST(DisplayWidthTest, CutsAtAColumnAndMarksTheCut) {
  EXPECT_EQ(CutToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutToWidth("abcdef", 4), "abc…");
  EXPECT_EQ(CutToWidth("東京航空", 5), "東京…");
  EXPECT_EQ(CutToWidth("東京航空", 4), "東…") << "no half characters";
  EXPECT_EQ(CutToWidth("ab", 1), "…");
}

TEST(DisplayWidthTest, KeepsCombiningMarksWithTheirLetter) {
  EXPECT_EQ(CutToWidth("e\u0301e\u0301e\u0301", 2), "e\u0301…");
}

TEST(PrintableTest, NeverMovesTheCursorNorReordersTheLine) {
  EXPECT_EQ(Printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(Printable("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(Printable("\u009b31m"), "\\x9b31m") << "the one-character form of ESC [";
  EXPECT_EQ(Printable("\u202eevil"), "\\u202eevil");
}

TEST(PrintableLinesTest, KeepsLinesApartAndIndentsThem) {
  EXPECT_EQ(PrintableLines("one\n\ttwo\n\n", "  "), "one\n  \ttwo");
  EXPECT_EQ(PrintableLines("a\x1b[31m\r\nb", "> "), "a\\x1b[31m\\r\n> b");
  EXPECT_EQ(PrintableLines("", "  "), "");
  EXPECT_EQ(PrintableLines("\n", "  "), "");
}

TEST(PrintableTest, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Printable("a\xff z"), "a\uFFFD z");
  EXPECT_EQ(Printable("\xe6\x9d"), "\uFFFD\uFFFD") << "cut in the middle";
  EXPECT_EQ(Printable("\xc0\xaf"), "\uFFFD\uFFFD") << "overlong";
}

}  // namespace
}  // namespace entrepot::internal
