#include "entrepot/cli/shell_word_internal.h"

#include <gtest/gtest.h>

namespace entrepot::internal {
namespace {

TEST(ShellWordTest, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(ShellWord("+raw/flights"), "+raw/flights");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("my flights.py"), "'my flights.py'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord("a\\/b"), "'a\\/b'");
  EXPECT_EQ(ShellWord("東京"), "'東京'");
}

TEST(ShellWordTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(ShellWord("a\nb\x1b'\\"), "$'a\\x0ab\\x1b\\'\\\\'");
  EXPECT_EQ(ShellWord("\u009b31m"), "$'\\xc2\\x9b31m'");
}

}  // namespace
}  // namespace entrepot::internal
