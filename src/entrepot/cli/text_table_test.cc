#include "entrepot/cli/text_table_internal.h"

#include <sstream>

#include <gtest/gtest.h>

namespace entrepot::internal {
namespace {

std::string Printed(const TextTable& table, bool use_color = false) {
  std::ostringstream out;
  table.Print(out, use_color);
  return out.str();
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

}  // namespace
}  // namespace entrepot::internal
