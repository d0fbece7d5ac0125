#include <algorithm>
#include <limits>
#include <ostream>

#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/text_table_internal.h"

namespace entrepot::internal {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

/// The columns of the terminal that a line takes; a width of 0 is a column left out.
size_t LineWidth(const std::vector<size_t>& widths) {
  size_t total = 0;
  for (const size_t width : widths) total += width == 0 ? 0 : width + kGap;
  return total - std::min(total, kGap);
}

/// Collects a line; pads between fields only when another follows.
class Line {
 public:
  explicit Line(bool use_color) : use_color_(use_color) {}

  void Add(const Cell& cell, Align align, size_t width) {
    if (!is_first_) owed_ += kGap;
    is_first_ = false;
    const std::string text = CutToWidth(cell.text, width);
    const size_t padding = width - std::min(width, DisplayWidth(text));
    if (align == Align::kRight) owed_ += padding;
    if (!text.empty()) {
      text_.append(owed_, ' ');
      owed_ = 0;
      text_ += Emphasize(text, cell.emphasis, use_color_);
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

std::optional<size_t> TextTable::NextToLeaveOut(const std::vector<size_t>& widths) const {
  std::optional<size_t> next;
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (widths[c] == 0 || columns_[c].left_out == 0) continue;
    if (!next || columns_[c].left_out > columns_[*next].left_out) next = c;
  }
  return next;
}

std::vector<size_t> TextTable::FittedWidths(size_t limit) const {
  std::vector<size_t> widths = Widths();
  const auto spare = [&](size_t c) {
    const size_t least = columns_[c].min_width;
    return least == 0 ? 0 : widths[c] - std::min(widths[c], least);
  };
  const auto least_line_width = [&] {
    size_t all_spare = 0;
    for (size_t c = 0; c < widths.size(); ++c) all_spare += spare(c);
    return LineWidth(widths) - all_spare;
  };
  while (least_line_width() > limit) {
    const auto left_out = NextToLeaveOut(widths);
    if (!left_out) break;
    widths[*left_out] = 0;
  }
  while (LineWidth(widths) > limit) {
    size_t widest = 0;
    for (size_t c = 1; c < widths.size(); ++c) {
      if (spare(c) > 0 && (spare(widest) == 0 || widths[c] > widths[widest])) widest = c;
    }
    if (spare(widest) == 0) break;
    --widths[widest];
  }
  return widths;
}

void TextTable::Print(std::ostream& out, bool use_color, int width) const {
  if (rows_.empty()) return;
  const size_t limit = width > 0 ? static_cast<size_t>(width) : kNoLimit;
  const std::vector<size_t> widths = FittedWidths(limit);
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
      line.Add(rows_[r].front(), Align::kLeft,
               std::min(limit, DisplayWidth(rows_[r].front().text)));
    } else {
      for (size_t c = 0; c < std::min(rows_[r].size(), columns_.size()); ++c) {
        if (widths[c] > 0) line.Add(rows_[r][c], columns_[c].align, widths[c]);
      }
    }
    out << line.text() << '\n';
  }
}

}  // namespace entrepot::internal
