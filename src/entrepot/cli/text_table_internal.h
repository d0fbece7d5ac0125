#pragma once

/// \file entrepot/cli/text_table_internal.h
/// Lines of aligned columns.

#include <iosfwd>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace entrepot::internal {

enum class Align { kLeft, kRight };

enum class Emphasis {
  kNone,
  kHeading,  ///< Bold.
  kFaint,    ///< Beside the point.
  kBad,      ///< Red: a failure.
};

/// Returns `text` with the escape codes of `emphasis`, or as it is.
std::string Emphasize(std::string_view text, Emphasis emphasis, bool use_color);

/// One field of a line. Plain data.
struct Cell {
  Cell() = default;
  Cell(std::string cell_text) : text(std::move(cell_text)) {}  // NOLINT
  Cell(const char* cell_text) : text(cell_text) {}             // NOLINT
  Cell(std::string cell_text, Emphasis cell_emphasis)
      : text(std::move(cell_text)), emphasis(cell_emphasis) {}

  std::string text;  ///< UTF-8, one line.
  Emphasis emphasis = Emphasis::kNone;
};

/// A column's title, how its cells stand in it, and how it makes room on a narrow
/// terminal.
struct TableColumn {
  std::string title{};
  Align align = Align::kLeft;

  /// Cells may be cut to as few columns of the terminal; 0: never.
  size_t min_width = 0;

  /// Columns are left out from the highest number on; 0: never.
  int left_out = 0;
};

/// Collects lines and prints them aligned, two spaces between columns and none at a
/// line's end. A column whose cells are all empty is left out. Where the lines are wider
/// than the terminal, cells are cut if that is enough, and columns left out if it is not.
/// One thread at a time.
class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  /// Adds a line; cells that are missing at its end are empty.
  void AddRow(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }

  /// Adds a line that runs across the columns.
  void AddLine(Cell line) {
    spans_.insert(rows_.size());
    AddRow({std::move(line)});
  }

  /// Prints the titles, unless all are empty, and the lines; without lines nothing.
  /// `width` is the terminal's; 0: nothing needs to be cut.
  void Print(std::ostream& out, bool use_color, int width) const;

 private:
  std::vector<size_t> Widths() const;

  /// Returns widths that fit `limit`, as far as the columns allow: of those that can be
  /// cut, the widest is cut first.
  std::vector<size_t> FittedWidths(size_t limit) const;

  /// Returns the place of the column to leave out next; nullopt where all must stay.
  std::optional<size_t> NextToLeaveOut(const std::vector<size_t>& widths) const;

  std::vector<TableColumn> columns_;
  std::vector<std::vector<Cell>> rows_;
  std::set<size_t> spans_;  // Rows of one cell that take no part in the columns' widths.
};

}  // namespace entrepot::internal
