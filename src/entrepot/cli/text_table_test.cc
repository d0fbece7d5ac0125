#include "entrepot/cli/text_table_internal.h"

#include <sstream>

#include <gtest/gtest.h>

namespace entrepot::internal {
namespace {

std::string Printed(const TextTable& table, bool use_color = false, int width = 0) {
  std::ostringstream out;
  table.Print(out, use_color, width);
  return out.str();
}

std::string PrintedTo(int width, const TextTable& table) {
  return Printed(table, /*use_color=*/false, width);
}

TEST(TextTableTest, AlignsColumnsByDisplayWidth) {
  TextTable table({{.title = "NAME"}, {.title = "ROWS", .align = Align::kRight}});
  table.AddRow({"東京", "5"});
  table.AddRow({"raw/flights", "336,776"});
  EXPECT_EQ(Printed(table),
            "NAME            ROWS\n"
            "東京               5\n"
            "raw/flights  336,776\n");
}

TEST(TextTableTest, LeavesOutEmptyColumnsAndTrailingBlanks) {
  TextTable table({{.title = "A"}, {.title = "B"}, {.title = "C"}});
  table.AddRow({"1", "", "x"});
  table.AddRow({"22"});
  EXPECT_EQ(Printed(table),
            "A   C\n"
            "1   x\n"
            "22\n");
}

TEST(TextTableTest, LetsLinesRunAcrossColumns) {
  TextTable table({{}, {}});
  table.AddLine("a long heading");
  table.AddRow({"a", "b"});
  EXPECT_EQ(Printed(table),
            "a long heading\n"
            "a  b\n");
}

TEST(TextTableTest, ColoursWithoutChangingTheAlignment) {
  TextTable table({{.title = ""}, {.title = ""}});
  table.AddRow({{"bad", Emphasis::kBad}, "x"});
  table.AddRow({"other", "y"});
  EXPECT_EQ(Printed(table, /*use_color=*/true),
            "\x1b[31mbad\x1b[0m    x\n"
            "other  y\n");
  EXPECT_EQ(Printed(table),
            "bad    x\n"
            "other  y\n");
}

TEST(TextTableTest, PrintsNothingWithoutLines) {
  EXPECT_EQ(Printed(TextTable({{.title = "A"}})), "");
}

TextTable Assets() {
  TextTable table({{.title = "ASSET", .min_width = 6},
                   {.title = "ROWS", .align = Align::kRight, .left_out = 1},
                   {.title = "SIZE", .align = Align::kRight},
                   {.title = "RUN", .left_out = 2}});
  table.AddRow({"raw/flights", "336,776", "4.9 MB", "01a204f6"});
  return table;
}

TEST(TextTableTest, CutsCellsWhereThatIsEnough) {
  EXPECT_EQ(PrintedTo(38, Assets()),
            "ASSET           ROWS    SIZE  RUN\n"
            "raw/flights  336,776  4.9 MB  01a204f6\n");
  EXPECT_EQ(PrintedTo(35, Assets()),
            "ASSET        ROWS    SIZE  RUN\n"
            "raw/fli…  336,776  4.9 MB  01a204f6\n");
}

TEST(TextTableTest, LeavesOutColumnsInTheirOrderWhereCuttingIsNotEnough) {
  EXPECT_EQ(PrintedTo(30, Assets()),
            "ASSET           ROWS    SIZE\n"
            "raw/flights  336,776  4.9 MB\n");
  EXPECT_EQ(PrintedTo(20, Assets()),
            "ASSET          SIZE\n"
            "raw/flights  4.9 MB\n");
  EXPECT_EQ(PrintedTo(14, Assets()),
            "ASSET     SIZE\n"
            "raw/f…  4.9 MB\n");
}

TEST(TextTableTest, KeepsWhatMustStayThoughItDoesNotFit) {
  EXPECT_EQ(PrintedTo(5, Assets()),
            "ASSET     SIZE\n"
            "raw/f…  4.9 MB\n");
}

TEST(TextTableTest, CutsTheWidestCellsFirstAndLinesAcrossColumns) {
  TextTable table({{.min_width = 2}, {.min_width = 2}});
  table.AddLine("a heading that is long");
  table.AddRow({"abcdef", "abc"});
  EXPECT_EQ(PrintedTo(8, table),
            "a headi…\n"
            "ab…  abc\n");
}

}  // namespace
}  // namespace entrepot::internal
