/// \file benchmarks/table_round_trip/entrepot.cc
/// Stores and reloads one table by Instance::Store and Instance::Load; arrow_only.cc is
/// the floor.
///
///   --table FILE.arrow  --folder DIR  --durability full|fast  --repeats N
///   --memory store  or  --memory load --home DIR  (one cold operation, for its peak
///   memory; DIR is the home that storing printed)

#include "entrepot/entrepot.h"

#include <arrow/table.h>

#include "benchmarks/measurement.h"
#include "benchmarks/table_round_trip/mixed_table.h"

namespace ep = entrepot;
using namespace entrepot::benchmarks;

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const std::string memory = options.Text("memory");
  const bool is_fast = options.Text("durability", "full") == "fast";
  const auto open = [&](const std::string& folder) {
    return OrFail(ep::Instance::Open(
        folder, {.durability = is_fast ? ep::Durability::kFast : ep::Durability::kFull}));
  };

  if (memory == "load") {
    const auto instance = open(options.Text("home"));
    const PeakMemory peak;
    const auto back = OrFail(instance->Load<ep::TablePtr>("mixed"));
    const std::int64_t above = peak.above_bytes() - SizeOf(*back);
    Check(back->Equals(*ReadTable(options.Text("table"))), "the table differs");
    Print({{"load_above_bytes", above}, {"checked", true}});
    return 0;
  }
  const ep::TablePtr table = ReadTable(options.Text("table"));
  nlohmann::ordered_json store = nlohmann::ordered_json::array();
  nlohmann::ordered_json store_cpu = nlohmann::ordered_json::array();
  nlohmann::ordered_json load = nlohmann::ordered_json::array();
  nlohmann::ordered_json result;
  std::string home;
  for (int i = 0; i < options.Number("repeats", 1); ++i) {
    home = FreshFolder(options.Text("folder", "."), "instance");
    const auto instance = open(home);
    const PeakMemory peak;
    const CpuTimer working;
    const Timer storing;
    const auto receipts = OrFail(instance->Store("mixed", table));
    store.push_back(storing.seconds());
    store_cpu.push_back(working.seconds());
    result["store_above_bytes"] = peak.above_bytes();
    result["file_bytes"] = receipts.at(0).size_bytes;
    result["format"] = receipts.at(0).format;
    if (memory == "store") break;
    const Timer loading;
    const auto back = OrFail(instance->Load<ep::TablePtr>("mixed"));
    load.push_back(loading.seconds());
    Check(back->Equals(*table), "the table differs");
  }
  if (memory.empty()) result.erase("store_above_bytes");
  result["store_seconds"] = store;
  result["store_cpu_seconds"] = store_cpu;
  result["load_seconds"] = load;
  result["home"] = home;
  if (memory == "store") {
    Check(OrFail(open(home)->Load<ep::TablePtr>("mixed"))->Equals(*table), "differs");
  }
  result["checked"] = true;
  Print(result);
  return 0;
}
