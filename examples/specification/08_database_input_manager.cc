/// \file examples/specification/08_database_input_manager.cc
/// Inputs that are tables of a database, whole or by partition, by the built-in manager.
/// Partition keys are bound values: whatever is in one, it cannot become SQL.

#include <iostream>

#include <arrow/array.h>
#include <arrow/table.h>
#include <sqlite3.h>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

/// Makes the database that the example reads.
bool MakeShop() {
  sqlite3* shop = nullptr;
  const bool made =
      sqlite3_open("shop.db", &shop) == SQLITE_OK &&
      sqlite3_exec(
          shop,
          "CREATE TABLE customers (name TEXT);"
          "INSERT INTO customers VALUES ('Ada'), ('Bo');"
          "CREATE TABLE shop_orders (date TEXT, price REAL);"
          "INSERT INTO shop_orders VALUES ('2024-01-01', 4.5), ('2024-01-02', 80);",
          nullptr, nullptr, nullptr) == SQLITE_OK;
  sqlite3_close(shop);
  return made;
}

double Takings(const ep::TablePtr& orders) {
  double sum = 0;
  for (const auto& chunk : orders->GetColumnByName("price")->chunks()) {
    const auto& prices = static_cast<const arrow::DoubleArray&>(*chunk);
    for (const auto price : prices) sum += price.value_or(0);
  }
  return sum;
}

int main() {
  if (!MakeShop()) return 1;
  const auto days = ep::PartitionsDefinition::TimeWindows({.start = "2024-01-01"});
  ep::Definitions defs;
  defs.Bind("shop",
            ep::SqlInput::Make({.connection = ep::Secret("sqlite:///shop.db")}).value());
  defs.Add(
      ep::Asset("num_customers")
          .Reads(ep::Input("customers").LoadedBy("shop"))
          .Compute([](const ep::TablePtr& customers) { return customers->num_rows(); }));

  // The table of the key "shop/orders" is shop_orders, the column of its days "date".
  defs.Add(ep::Asset("shop/orders").External().PartitionedBy(days));
  defs.Add(ep::Asset("takings")
               .Reads(ep::Input("shop/orders").LoadedBy("shop"))
               .PartitionedBy(days)
               .Compute(Takings));

  const ep::RunResult result = ep::Materialize(defs, {.partition = "2024-01-02"}).value();
  std::cout << result.Output<int>("num_customers").value() << " customers\n";
  // prints: 2 customers
  std::cout << result.Output<double>("takings").value() << '\n';
  // prints: 80
}
