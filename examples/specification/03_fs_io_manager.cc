/// \file examples/specification/03_fs_io_manager.cc
/// The built-in filesystem manager: values as ordinary files that any tool can open.

#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

struct Sale {
  std::string date;
  int amount;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE(Sale, date, amount)
};

std::vector<Sale> SalesData() {
  return {{"2023-01-30", 120}, {"2023-01-31", 80}, {"2023-02-01", 150}};
}

std::map<std::string, int> MonthlySales(const std::vector<Sale>& sales) {
  std::map<std::string, int> months;
  for (const Sale& sale : sales) months[sale.date.substr(0, 7)] += sale.amount;
  return months;
}

int main() {
  ep::Definitions defs;
  defs.Add(ep::Asset("sales_data").Compute(SalesData));
  defs.Add(ep::Asset("monthly_sales").Reads("sales_data").Compute(MonthlySales));
  defs.Bind("io_manager", ep::FileSystemIOManagerFactory(R"({"base_dir": "storage"})"));

  const ep::RunResult result = ep::Materialize(defs).value();
  for (const auto& [month, amount] :
       result.Output<std::map<std::string, int>>("monthly_sales").value()) {
    std::cout << month << ": " << amount << '\n';
  }
  // prints: 2023-01: 200
  // prints: 2023-02: 150

  std::cout << std::filesystem::exists("storage/sales_data.json") << '\n';
  // prints: 1
}
