#include <algorithm>
#include <cstring>
#include <ctime>
#include <limits>
#include <numeric>
#include <ostream>
#include <span>

#include <arrow/buffer.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include "entrepot/cli/arrow_cell_internal.h"
#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/preview_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/tensor_elements_internal.h"
#include "entrepot/cli/text_table_internal.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;
using Index = std::vector<std::int64_t>;

constexpr std::int64_t kMaxJsonElements = 10'000;
constexpr std::int64_t kMaxColumns = 12;  // Where the terminal sets no limit.
constexpr std::int64_t kMaxSlices = 3;
constexpr size_t kGap = 2;

/// How many columns of `width` fit beside a margin.
std::int64_t NumThatFit(int terminal_width, size_t margin, size_t width) {
  if (terminal_width == 0) return kMaxColumns;
  const size_t space = static_cast<size_t>(terminal_width) -
                       std::min(static_cast<size_t>(terminal_width), margin);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(space / (width + kGap)));
}

/// The widest text among the first elements along the last dimension of each of `rows`.
size_t WidestOf(const TensorElements& elements, const std::vector<Index>& indexes) {
  size_t widest = 1;
  for (const Index& index : indexes) {
    widest = std::max(widest, DisplayWidth(elements.Text(index)));
  }
  return widest;
}

/// Prints one-dimensional elements line after line, each line led by its first index.
void PrintLine(std::ostream& out, const Tensor& tensor, const PreviewOptions& options) {
  const TensorElements elements(tensor);
  const std::int64_t size = tensor.shape()[0];
  const std::int64_t most = std::min<std::int64_t>(size, options.rows * kMaxColumns * 4);
  std::vector<Index> looked_at;
  for (std::int64_t i = 0; i < most; ++i) looked_at.push_back({i});
  const size_t margin = fmt::format("[{}]", most).size();
  const std::int64_t per_line = std::min<std::int64_t>(
      NumThatFit(options.width, margin, WidestOf(elements, looked_at)), kMaxColumns * 4);
  const std::int64_t shown = std::min<std::int64_t>(size, per_line * options.rows);
  TextTable text(std::vector<TableColumn>(static_cast<size_t>(per_line) + 1,
                                          {.title = "", .align = Align::kRight}));
  for (std::int64_t first = 0; first < shown; first += per_line) {
    std::vector<Cell> cells = {{fmt::format("[{}]", first), Emphasis::kFaint}};
    for (std::int64_t i = first; i < std::min(shown, first + per_line); ++i) {
      cells.emplace_back(elements.Text(Index{i}));
    }
    text.AddRow(std::move(cells));
  }
  text.Print(out, options.use_color, /*width=*/0);  // They fit.
  if (shown < size) {
    out << Emphasize("… " + FormatCount(size - shown, "more element"), Emphasis::kFaint,
                     options.use_color)
        << '\n';
  }
}

/// Prints the corner of the two last dimensions at `slice`, indexes of those before.
void PrintGrid(std::ostream& out, const Tensor& tensor, const Index& slice,
               const PreviewOptions& options) {
  const TensorElements elements(tensor);
  const std::int64_t num_rows = tensor.shape()[slice.size()];
  const std::int64_t num_columns = tensor.shape()[slice.size() + 1];
  const std::int64_t rows = std::min<std::int64_t>(num_rows, options.rows);
  const auto at = [&](std::int64_t row, std::int64_t column) {
    Index index = slice;
    index.insert(index.end(), {row, column});
    return index;
  };
  const std::int64_t most =
      std::min(num_columns, std::max<std::int64_t>(options.width, kMaxColumns));
  std::vector<Index> looked_at;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < most; ++c) looked_at.push_back(at(r, c));
  }
  const size_t margin = fmt::format("[{}]", rows).size() + kGap + 1;  // Room for the "…".
  const std::int64_t columns = std::min(
      num_columns, NumThatFit(options.width, margin, WidestOf(elements, looked_at)));
  TextTable text(std::vector<TableColumn>(static_cast<size_t>(columns) + 2,
                                          {.title = "", .align = Align::kRight}));
  std::vector<Cell> heading = {Cell()};
  for (std::int64_t c = 0; c < columns; ++c)
    heading.emplace_back(fmt::format("[{}]", c), Emphasis::kFaint);
  text.AddRow(std::move(heading));
  for (std::int64_t r = 0; r < rows; ++r) {
    std::vector<Cell> cells = {{fmt::format("[{}]", r), Emphasis::kFaint}};
    for (std::int64_t c = 0; c < columns; ++c)
      cells.emplace_back(elements.Text(at(r, c)));
    if (columns < num_columns) cells.emplace_back("…");
    text.AddRow(std::move(cells));
  }
  text.Print(out, options.use_color, /*width=*/0);  // They fit.
  std::string left;
  if (rows < num_rows) left = FormatCount(num_rows - rows, "more row");
  if (columns < num_columns) {
    left +=
        (left.empty() ? "" : ", ") + FormatCount(num_columns - columns, "more column");
  }
  if (!left.empty())
    out << Emphasize("… " + left, Emphasis::kFaint, options.use_color) << '\n';
}

/// Prints the first slices of an array of more than two dimensions.
void PrintSlices(std::ostream& out, const Tensor& tensor, const PreviewOptions& options) {
  const std::span<const std::int64_t> outer(tensor.shape().data(),
                                            tensor.shape().size() - 2);
  const std::int64_t num_slices =
      std::accumulate(outer.begin(), outer.end(), std::int64_t{1}, std::multiplies<>());
  for (std::int64_t i = 0; i < std::min(num_slices, kMaxSlices); ++i) {
    Index slice(outer.size());
    for (std::int64_t d = static_cast<std::int64_t>(outer.size()) - 1, rest = i; d >= 0;
         --d) {
      slice[static_cast<size_t>(d)] = rest % outer[static_cast<size_t>(d)];
      rest /= outer[static_cast<size_t>(d)];
    }
    out << Emphasize(fmt::format("[{}, :, :]", fmt::join(slice, ", ")),
                     Emphasis::kHeading, options.use_color)
        << '\n';
    PrintGrid(out, tensor, slice, options);
  }
  if (num_slices > kMaxSlices) {
    out << Emphasize("… " + FormatCount(num_slices - kMaxSlices, "more slice"),
                     Emphasis::kFaint, options.use_color)
        << '\n';
  }
}

Json ValuesOf(const TensorElements& elements, const Tensor& tensor, Index& index) {
  if (index.size() == tensor.shape().size()) return elements.AsJson(index);
  Json values = Json::array();
  const std::int64_t extent = tensor.shape()[index.size()];
  for (std::int64_t i = 0; i < extent; ++i) {
    index.push_back(i);
    values.push_back(ValuesOf(elements, tensor, index));
    index.pop_back();
  }
  return values;
}

}  // namespace

void PrintTensor(std::ostream& out, const Tensor& tensor, const PreviewOptions& options) {
  const std::string shape =
      tensor.shape().empty() ? "scalar"
                             : fmt::format("tensor {}", fmt::join(tensor.shape(), " × "));
  out << Emphasize(shape + " of " + TensorElements::TypeName(tensor.type()),
                   Emphasis::kFaint, options.use_color)
      << '\n';
  if (options.schema_only || tensor.num_elements() == 0) return;
  if (tensor.shape().empty()) {
    out << TensorElements(tensor).Text(Index{}) << '\n';
  } else if (tensor.shape().size() == 1) {
    PrintLine(out, tensor, options);
  } else if (tensor.shape().size() == 2) {
    PrintGrid(out, tensor, {}, options);
  } else {
    PrintSlices(out, tensor, options);
  }
}

Json TensorJson(const Tensor& tensor, const PreviewOptions& options) {
  const bool is_whole = tensor.num_elements() <= kMaxJsonElements;
  Json json = {{"dtype", tensor.type().ToString()}, {"shape", tensor.shape()}};
  if (options.schema_only) return json;
  json["truncated"] = !is_whole;
  Index index;
  json["values"] = is_whole ? ValuesOf(TensorElements(tensor), tensor, index) : Json();
  return json;
}

}  // namespace entrepot::internal
