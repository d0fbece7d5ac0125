/// \file examples/specification/06_typed_io_manager.cc
/// Each type in the format that suits it: the filesystem manager has a list of formats,
/// of which the first that takes a value is its own, and types may be assigned to one.

#include <iostream>
#include <map>

#include <arrow/json/from_string.h>
#include <arrow/table.h>

#include "entrepot/arrow_result.h"
#include "entrepot/entrepot.h"

namespace ep = entrepot;
using Settings = std::map<std::string, int>;

ep::Result<ep::TablePtr> Table() {
  ENTREPOT_ASSIGN_OR_RETURN(const auto column,
                            arrow::json::ArrayFromJSONString(arrow::int64(), "[1, 2]"));
  return arrow::Table::Make(arrow::schema({arrow::field("x", arrow::int64())}), {column});
}

std::string Sizes(const ep::TablePtr& table, const std::vector<double>& grid,
                  const Settings& settings, const std::string& note) {
  return fmt::format("{} {} {} {}", table->num_rows(), grid.size(), settings.size(),
                     note.size());
}

int main() {
  ep::CodecRegistry codecs = ep::CodecRegistry::WithBuiltins();
  // Tables would become Parquet; Arrow's own format is larger, and mapped instead of
  // read.
  codecs.Assign(ep::ValueType::Named("arrow::Table"), "arrow").value();

  ep::Definitions defs;
  defs.Bind("io_manager",
            ep::FileSystemIOManager::Make({.base_dir = "storage"}, codecs).value());
  defs.Add(ep::Asset("table").Compute(Table));
  defs.Add(ep::Asset("grid").Compute([] { return std::vector{0.0, 0.5, 1.0}; }));
  defs.Add(ep::Asset("settings").Compute([] { return Settings{{"top", 3}}; }));
  defs.Add(ep::Asset("note").Compute([] { return std::string("hello"); }));
  defs.Add(ep::Asset("sizes").Reads("table", "grid", "settings", "note").Compute(Sizes));

  const ep::RunResult result = ep::Materialize(defs).value();
  std::cout << result.Output<std::string>("sizes").value() << '\n';
  // prints: 2 3 1 5
  for (const std::string key : {"table", "grid", "settings", "note"}) {
    const ep::Receipt& receipt = result.Find(key)->outputs[0].receipts.at(0);
    std::cout << key << ": " << receipt.format << '\n';
  }
  // prints: table: arrow
  // prints: grid: npy
  // prints: settings: json
  // prints: note: text
}
