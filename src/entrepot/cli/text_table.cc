#include <algorithm>
#include <ostream>

#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/text_table_internal.h"

namespace entrepot::internal {
namespace {

/// Collects a line; pads between fields only when another follows.
class Line {
 public:
  explicit Line(bool use_color) : use_color_(use_color) {}

  void Add(const Cell& cell, Align align, size_t width) {
    if (!is_first_) owed_ += 2;
    is_first_ = false;
    const size_t padding = width - std::min(width, DisplayWidth(cell.text));
    if (align == Align::kRight) owed_ += padding;
    if (!cell.text.empty()) {
      text_.append(owed_, ' ');
      owed_ = 0;
      text_ += Emphasize(cell.text, cell.emphasis, use_color_);
    }
    if (align == Align::kLeft) owed_ += padding;
  }

  const std::string& text() const { return text_; }

 private:
  bool use_color_;
  bool is_first_ = true;
  size_t owed_ = 0;  // Spaces due before the next text.
  std::string text_;
};

}  // namespace

std::string Emphasize(std::string_view text, Emphasis emphasis, bool use_color) {
  const char* code = emphasis == Emphasis::kHeading ? "\x1b[1m"
                     : emphasis == Emphasis::kFaint ? "\x1b[2m"
                     : emphasis == Emphasis::kBad   ? "\x1b[31m"
                                                    : "";
  if (!use_color || emphasis == Emphasis::kNone) return std::string(text);
  return code + std::string(text) + "\x1b[0m";
}

std::vector<size_t> TextTable::Widths() const {
  std::vector<size_t> widths(columns_.size());
  for (size_t r = 0; r < rows_.size(); ++r) {
    if (spans_.contains(r)) continue;
    for (size_t c = 0; c < std::min(rows_[r].size(), widths.size()); ++c) {
      widths[c] = std::max(widths[c], DisplayWidth(rows_[r][c].text));
    }
  }
  for (size_t c = 0; c < widths.size(); ++c) {
    if (widths[c] > 0) widths[c] = std::max(widths[c], DisplayWidth(columns_[c].title));
  }
  return widths;
}

void TextTable::Print(std::ostream& out, bool use_color) const {
  const std::vector<size_t> widths = Widths();
  const bool has_titles = std::ranges::any_of(
      columns_, [](const TableColumn& c) { return !c.title.empty(); });
  if (has_titles) {
    Line line(use_color);
    for (size_t c = 0; c < columns_.size(); ++c) {
      if (widths[c] == 0) continue;
      line.Add({columns_[c].title, Emphasis::kHeading}, columns_[c].align, widths[c]);
    }
    out << line.text() << '\n';
  }
  for (size_t r = 0; r < rows_.size(); ++r) {
    Line line(use_color);
    if (spans_.contains(r)) {
      line.Add(rows_[r].front(), Align::kLeft, 0);
    } else {
      for (size_t c = 0; c < std::min(rows_[r].size(), columns_.size()); ++c) {
        if (widths[c] > 0) line.Add(rows_[r][c], columns_[c].align, widths[c]);
      }
    }
    out << line.text() << '\n';
  }
}

}  // namespace entrepot::internal
