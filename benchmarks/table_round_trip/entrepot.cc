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

namespace {

std::shared_ptr<ep::Instance> Open(const Options& options, const std::string& folder) {
  const bool is_fast = options.Text("durability", "full") == "fast";
  return OrFail(ep::Instance::Open(
      folder, {.durability = is_fast ? ep::Durability::kFast : ep::Durability::kFull}));
}

std::string NewHome(const Options& options) {
  return FreshFolder(options.Text("folder", "."), "instance");
}

nlohmann::ordered_json MemoryToStore(const Options& options) {
  const ep::TablePtr table = ReadTable(options.Text("table"));
  const auto instance = Open(options, NewHome(options));
  const PeakMemory peak;
  OrFail(instance->Store("mixed", table));
  const std::int64_t above = peak.above_bytes();
  Check(OrFail(instance->Load<ep::TablePtr>("mixed"))->Equals(*table), "it differs");
  return {{"store_above_bytes", above}};
}

nlohmann::ordered_json MemoryToLoad(const Options& options) {
  const auto instance = Open(options, options.Text("home"));
  const PeakMemory peak;
  const auto back = OrFail(instance->Load<ep::TablePtr>("mixed"));
  const std::int64_t above = peak.above_bytes();
  Check(back->Equals(*ReadTable(options.Text("table"))), "the table differs");
  return {{"load_above_bytes", above}};
}

nlohmann::ordered_json RoundTrips(const Options& options) {
  const ep::TablePtr table = ReadTable(options.Text("table"));
  std::vector<double> store;
  std::vector<double> store_cpu;
  std::vector<double> load;
  std::vector<double> load_cpu;
  std::vector<std::string> homes;
  std::int64_t file_bytes = 0;
  for (int i = 0; i < options.Number("repeats", 1); ++i) {
    homes.push_back(NewHome(options));
    const auto instance = Open(options, homes.back());
    const CpuTimer storing_cpu;
    const Timer storing;
    const auto receipts = OrFail(instance->Store("mixed", table));
    store.push_back(storing.seconds());
    store_cpu.push_back(storing_cpu.seconds());
    file_bytes = receipts.at(0).size_bytes;
    const CpuTimer loading_cpu;
    const Timer loading;
    const auto back = OrFail(instance->Load<ep::TablePtr>("mixed"));
    load.push_back(loading.seconds());
    load_cpu.push_back(loading_cpu.seconds());
    Check(back->Equals(*table), "the table differs");
  }
  // Not before the end: their memory would be given to the next file. Others use the
  // last.
  for (size_t i = 0; i + 1 < homes.size(); ++i) std::filesystem::remove_all(homes[i]);
  return {{"store_seconds", store},   {"store_cpu_seconds", store_cpu},
          {"load_seconds", load},     {"load_cpu_seconds", load_cpu},
          {"file_bytes", file_bytes}, {"home", homes.back()}};
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const std::string memory = options.Text("memory");
  nlohmann::ordered_json result = memory == "store"  ? MemoryToStore(options)
                                  : memory == "load" ? MemoryToLoad(options)
                                                     : RoundTrips(options);
  result["checked"] = true;
  Print(result);
  return 0;
}
