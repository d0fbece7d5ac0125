#include <algorithm>
#include <ostream>

#include <arrow/chunked_array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include "entrepot/arrow_result.h"
#include "entrepot/cli/arrow_cell_internal.h"
#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/preview_internal.h"
#include "entrepot/cli/quantity_internal.h"
#include "entrepot/cli/text_table_internal.h"
#include "entrepot/nearest_name.h"

namespace entrepot::internal {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxCellWidth = 40;
constexpr size_t kGap = 2;
constexpr size_t kNamesListed = 8;

/// The first rows of a table, and how many there are where that is known.
struct Head {
  TablePtr rows;
  std::optional<std::int64_t> total_rows;
};

Result<Head> HeadOfStream(const RecordBatchReaderPtr& reader,
                          const PreviewOptions& options) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::int64_t num_rows = 0;
  bool at_end = options.schema_only;
  while (!at_end &&
         num_rows <= options.rows) {  // One row more tells whether there are more.
    ENTREPOT_ASSIGN_OR_RETURN(auto batch, reader->Next());
    at_end = batch == nullptr;
    if (at_end) break;
    num_rows += batch->num_rows();
    batches.push_back(std::move(batch));
  }
  ENTREPOT_ASSIGN_OR_RETURN(TablePtr table, arrow::Table::FromRecordBatches(
                                                reader->schema(), std::move(batches)));
  Head head{.rows = std::move(table), .total_rows = options.total_rows};
  if (at_end && !options.schema_only) head.total_rows = num_rows;
  return head;
}

Result<Head> SelectColumns(Head head, const std::vector<std::string>& names) {
  if (names.empty()) return head;
  const std::vector<std::string> known = head.rows->schema()->field_names();
  std::vector<int> indexes;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(known, name);
    if (found == known.end()) {
      return Invalid("there is no column '{}'{}", name, DidYouMean(name, known));
    }
    indexes.push_back(static_cast<int>(found - known.begin()));
  }
  ENTREPOT_ASSIGN_OR_RETURN(head.rows, head.rows->SelectColumns(indexes));
  return head;
}

Result<Head> MakeHead(const Value& value, const PreviewOptions& options) {
  Head head;
  if (value.kind() == ValueKind::kTable) {
    head = {.rows = value.table(), .total_rows = value.table()->num_rows()};
  } else {
    ENTREPOT_ASSIGN_OR_RETURN(head, HeadOfStream(value.stream(), options));
  }
  // Arrow slices a table without columns to any length, also beyond its own.
  const std::int64_t shown =
      options.schema_only ? 0
                          : std::min<std::int64_t>(options.rows, head.rows->num_rows());
  head.rows = head.rows->Slice(0, shown);
  return SelectColumns(std::move(head), options.columns);
}

/// One column as it is printed: name, type, then a cell for each row.
struct ColumnText {
  std::vector<Cell> cells;
  Align align = Align::kLeft;
  size_t width = 0;
};

Result<ColumnText> TextOf(const arrow::Table& table, int index, size_t max_width) {
  const auto& field = table.schema()->field(index);
  const auto& column = table.column(index);
  ColumnText text{
      .cells = {{CutToWidth(Printable(field->name()), max_width), Emphasis::kHeading},
                {CutToWidth(TypeText(*field->type()), max_width), Emphasis::kFaint}},
      .align = IsNumber(*field->type()) ? Align::kRight : Align::kLeft};
  for (std::int64_t row = 0; row < column->length(); ++row) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto scalar, column->GetScalar(row));
    text.cells.emplace_back(CutToWidth(CellText(*scalar), max_width),
                            scalar->is_valid ? Emphasis::kNone : Emphasis::kFaint);
  }
  for (const Cell& cell : text.cells)
    text.width = std::max(text.width, DisplayWidth(cell.text));
  return text;
}

/// Returns as many columns, from the left, as fit the terminal; at least one.
Result<std::vector<ColumnText>> ColumnsThatFit(const arrow::Table& table,
                                               int terminal_width) {
  const auto limit = static_cast<size_t>(terminal_width);
  const size_t max_width = limit == 0 ? kMaxCellWidth : std::min(kMaxCellWidth, limit);
  std::vector<ColumnText> columns;
  size_t used = 0;
  for (int i = 0; i < table.num_columns(); ++i) {
    ENTREPOT_ASSIGN_OR_RETURN(ColumnText column, TextOf(table, i, max_width));
    used += column.width + (columns.empty() ? 0 : kGap);
    if (limit > 0 && used > limit && !columns.empty()) break;
    columns.push_back(std::move(column));
  }
  return columns;
}

void PrintColumns(std::ostream& out, const std::vector<ColumnText>& columns,
                  bool use_color) {
  std::vector<TableColumn> shapes;
  for (const ColumnText& column : columns)
    shapes.push_back({.title = "", .align = column.align});
  TextTable text(std::move(shapes));
  for (size_t row = 0; !columns.empty() && row < columns.front().cells.size(); ++row) {
    std::vector<Cell> cells;
    for (const ColumnText& column : columns) cells.push_back(column.cells[row]);
    text.AddRow(std::move(cells));
  }
  text.Print(out, use_color, /*width=*/0);  // They fit.
}

/// Says what is not shown: "… 336,766 more rows, 12 more columns: tailnum, origin, …".
std::string WhatIsLeft(const Head& head, size_t num_shown_columns) {
  std::string left;
  const std::int64_t shown_rows = head.rows->num_rows();
  if (!head.total_rows) {
    left = "more rows";
  } else if (*head.total_rows > shown_rows) {
    left = FormatCount(*head.total_rows - shown_rows, "more row");
  }
  const std::vector<std::string> names = head.rows->schema()->field_names();
  if (names.size() > num_shown_columns) {
    if (!left.empty()) left += ", ";
    left += FormatCount(static_cast<std::int64_t>(names.size() - num_shown_columns),
                        "more column");
    left += ": ";
    const size_t end = std::min(names.size(), num_shown_columns + kNamesListed);
    for (size_t i = num_shown_columns; i < end; ++i) {
      left += (i == num_shown_columns ? "" : ", ") + Printable(names[i]);
    }
    if (end < names.size()) left += ", …";
  }
  return left.empty() ? "" : "… " + left;
}

void PrintSchema(std::ostream& out, const arrow::Schema& schema,
                 const PreviewOptions& options) {
  TextTable text({{.title = "COLUMN", .min_width = 16},
                  {.title = "TYPE", .min_width = 16},
                  {.title = "NULLS"}});
  for (const auto& field : schema.fields()) {
    text.AddRow({Printable(field->name()), Printable(field->type()->ToString()),
                 field->nullable() ? "allowed" : "never"});
  }
  text.Print(out, options.use_color, options.width);
}

std::string SizeText(const Head& head) {
  return fmt::format(
      "{} × {}",
      head.total_rows ? FormatCount(*head.total_rows, "row") : "a stream of rows",
      FormatCount(head.rows->num_columns(), "column"));
}

}  // namespace

Status PrintTable(std::ostream& out, const Value& value, const PreviewOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(const Head head, MakeHead(value, options));
  out << Emphasize(SizeText(head), Emphasis::kFaint, options.use_color) << '\n';
  if (options.schema_only) {
    PrintSchema(out, *head.rows->schema(), options);
    return {};
  }
  ENTREPOT_ASSIGN_OR_RETURN(const auto columns,
                            ColumnsThatFit(*head.rows, options.width));
  PrintColumns(out, columns, options.use_color);
  std::string left = WhatIsLeft(head, columns.size());
  if (options.width > 0) left = CutToWidth(left, static_cast<size_t>(options.width));
  if (!left.empty()) out << Emphasize(left, Emphasis::kFaint, options.use_color) << '\n';
  return {};
}

Result<Json> TableJson(const Value& value, const PreviewOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(const Head head, MakeHead(value, options));
  Json json = {{"rows", head.total_rows ? Json(*head.total_rows) : Json()},
               {"columns", Json::array()}};
  for (const auto& field : head.rows->schema()->fields()) {
    json["columns"].push_back({{"name", field->name()},
                               {"type", field->type()->ToString()},
                               {"nullable", field->nullable()}});
  }
  if (options.schema_only) return json;
  Json& data = json["data"] = Json::array();
  for (std::int64_t row = 0; row < head.rows->num_rows(); ++row) {
    Json cells = Json::array();
    for (const auto& column : head.rows->columns()) {
      ENTREPOT_ASSIGN_OR_RETURN(const auto scalar, column->GetScalar(row));
      cells.push_back(CellJson(*scalar));
    }
    data.push_back(std::move(cells));
  }
  return json;
}

}  // namespace entrepot::internal
