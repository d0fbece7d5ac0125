#include "tables.h"

#include <algorithm>

#include <arrow/compute/api.h>

#include "entrepot/arrow_result.h"

namespace flights {
namespace {

namespace cp = arrow::compute;

/// Returns the key columns as the batch that a grouper takes.
ep::Result<cp::ExecBatch> KeysOf(const arrow::Table& table,
                                 const std::vector<std::string>& names) {
  std::vector<arrow::Datum> keys;
  for (const std::string& name : names) {
    ENTREPOT_ASSIGN_OR_RETURN(arrow::Datum key, Column(table, name));
    keys.push_back(std::move(key));
  }
  return cp::ExecBatch(std::move(keys), table.num_rows());
}

/// Returns, for each row of `left`, the row of `right` with the same keys, or null.
ep::Result<std::shared_ptr<arrow::Array>> MatchingRows(const cp::ExecBatch& left,
                                                       const cp::ExecBatch& right) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto grouper, cp::Grouper::Make(right.GetTypes()));
  ENTREPOT_ASSIGN_OR_RETURN(const arrow::Datum groups,
                            grouper->Consume(cp::ExecSpan(right)));
  if (grouper->num_groups() != right.length) {
    return ep::Invalid("of {} rows to be joined, only {} have keys of their own",
                       right.length, grouper->num_groups());
  }
  // Groups are numbered in an order of the grouper's own.
  std::vector<std::int64_t> row_of_group(right.length);
  const auto group_of_row = groups.array_as<arrow::UInt32Array>();
  for (std::int64_t row = 0; row < right.length; ++row) {
    row_of_group[group_of_row->Value(row)] = row;
  }
  arrow::Int64Builder builder;
  ENTREPOT_RETURN_IF_ERROR(builder.AppendValues(row_of_group));
  ENTREPOT_ASSIGN_OR_RETURN(const auto rows, builder.Finish());
  ENTREPOT_ASSIGN_OR_RETURN(const arrow::Datum matches,
                            grouper->Lookup(cp::ExecSpan(left)));
  ENTREPOT_ASSIGN_OR_RETURN(const arrow::Datum matching_rows, cp::Take(rows, matches));
  return matching_rows.make_array();
}

/// Returns the mean of a column's values in each group.
ep::Result<std::shared_ptr<arrow::Array>> Means(const arrow::Int64Array& values,
                                                const arrow::UInt32Array& group_of_row,
                                                std::uint32_t num_groups) {
  std::vector<std::int64_t> counts(num_groups);
  std::vector<std::int64_t> sums(
      num_groups);  // Whole minutes: no order of adding matters.
  for (std::int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) continue;
    ++counts[group_of_row.Value(row)];
    sums[group_of_row.Value(row)] += values.Value(row);
  }
  arrow::DoubleBuilder means;
  for (std::uint32_t group = 0; group < num_groups; ++group) {
    ENTREPOT_RETURN_IF_ERROR(counts[group] == 0
                                 ? means.AppendNull()
                                 : means.Append(static_cast<double>(sums[group]) /
                                                static_cast<double>(counts[group])));
  }
  return ep::FromArrow(means.Finish());
}

ep::Result<std::shared_ptr<arrow::Array>> RowsPerGroup(
    const arrow::UInt32Array& group_of_row, std::uint32_t num_groups) {
  std::vector<std::int64_t> counts(num_groups);
  for (std::int64_t row = 0; row < group_of_row.length(); ++row) {
    ++counts[group_of_row.Value(row)];
  }
  arrow::Int64Builder builder;
  ENTREPOT_RETURN_IF_ERROR(builder.AppendValues(counts));
  return ep::FromArrow(builder.Finish());
}

ep::Result<std::shared_ptr<arrow::Array>> InOnePiece(const arrow::ChunkedArray& column) {
  if (column.num_chunks() == 1) return column.chunk(0);
  if (column.num_chunks() == 0)
    return ep::FromArrow(arrow::MakeEmptyArray(column.type()));
  return ep::FromArrow(arrow::Concatenate(column.chunks()));
}

ep::Result<ep::TablePtr> SortBy(const ep::TablePtr& table,
                                const std::vector<std::string>& names) {
  std::vector<cp::SortKey> keys(names.begin(), names.end());
  ENTREPOT_ASSIGN_OR_RETURN(const auto order,
                            cp::SortIndices(table, cp::SortOptions(std::move(keys))));
  ENTREPOT_ASSIGN_OR_RETURN(const arrow::Datum sorted, cp::Take(table, order));
  return sorted.table();
}

}  // namespace

ep::Result<std::shared_ptr<arrow::Array>> Column(const arrow::Table& table,
                                                 const std::string& name) {
  const auto column = table.GetColumnByName(name);
  if (!column) {
    return ep::Invalid("there is no column '{}' among {}", name,
                       table.schema()->ToString());
  }
  ENTREPOT_ASSIGN_OR_RETURN(const auto array, InOnePiece(*column));
  const auto type = array->type_id();
  if (type != arrow::Type::LARGE_STRING && type != arrow::Type::STRING_VIEW) return array;
  return ep::FromArrow(cp::Cast(*array, arrow::utf8()));
}

ep::Result<ep::TablePtr> LeftJoin(const ep::TablePtr& left, const ep::TablePtr& right,
                                  const std::vector<std::string>& keys) {
  ENTREPOT_ASSIGN_OR_RETURN(const cp::ExecBatch left_keys, KeysOf(*left, keys));
  ENTREPOT_ASSIGN_OR_RETURN(const cp::ExecBatch right_keys, KeysOf(*right, keys));
  ENTREPOT_ASSIGN_OR_RETURN(const auto rows, MatchingRows(left_keys, right_keys));
  ep::TablePtr joined = left;
  for (const auto& field : right->fields()) {
    if (std::ranges::find(keys, field->name()) != keys.end()) continue;
    ENTREPOT_ASSIGN_OR_RETURN(const auto column, Column(*right, field->name()));
    ENTREPOT_ASSIGN_OR_RETURN(const arrow::Datum values, cp::Take(column, rows));
    ENTREPOT_ASSIGN_OR_RETURN(
        joined,
        joined->AddColumn(joined->num_columns(), field->WithType(values.type()),
                          std::make_shared<arrow::ChunkedArray>(values.make_array())));
  }
  return joined;
}

ep::Result<ep::TablePtr> MeansBy(const ep::TablePtr& table,
                                 const std::vector<std::string>& keys,
                                 const std::vector<std::string>& columns) {
  ENTREPOT_ASSIGN_OR_RETURN(const cp::ExecBatch batch, KeysOf(*table, keys));
  ENTREPOT_ASSIGN_OR_RETURN(const auto grouper, cp::Grouper::Make(batch.GetTypes()));
  ENTREPOT_ASSIGN_OR_RETURN(const arrow::Datum groups,
                            grouper->Consume(cp::ExecSpan(batch)));
  const auto group_of_row = groups.array_as<arrow::UInt32Array>();
  const std::uint32_t num_groups = grouper->num_groups();

  ENTREPOT_ASSIGN_OR_RETURN(const cp::ExecBatch unique_keys, grouper->GetUniques());
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  const auto add = [&](std::string name, std::shared_ptr<arrow::Array> array) {
    fields.push_back(arrow::field(std::move(name), array->type()));
    arrays.push_back(std::move(array));
  };
  for (size_t i = 0; i < keys.size(); ++i) {
    add(keys[i], unique_keys.values[i].make_array());
  }
  ENTREPOT_ASSIGN_OR_RETURN(auto counts, RowsPerGroup(*group_of_row, num_groups));
  add("flights", std::move(counts));
  for (const std::string& name : columns) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto values,
                              ColumnOf<arrow::Int64Array>(*table, name));
    ENTREPOT_ASSIGN_OR_RETURN(auto means, Means(*values, *group_of_row, num_groups));
    add("mean_" + name, std::move(means));
  }
  return SortBy(arrow::Table::Make(arrow::schema(fields), arrays), keys);
}

ep::Result<ep::TablePtr> Select(const arrow::Table& table,
                                const std::vector<Selected>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::ChunkedArray>> arrays;
  for (const auto& [column, name] : columns) {
    const auto array = table.GetColumnByName(column);
    if (!array) return ep::Invalid("there is no column '{}'", column);
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::Table::Make(arrow::schema(fields), arrays, table.num_rows());
}

}  // namespace flights
