/// \file examples/specification/07_api_input_manager.cc
/// Inputs that an HTTP API answers, by the built-in manager. Address and key come from
/// the environment (USERS_API, USERS_API_KEY); nothing ever prints the key.

#include <cstdlib>
#include <iostream>

#include <arrow/scalar.h>
#include <arrow/table.h>

#include "entrepot/arrow_result.h"
#include "entrepot/entrepot.h"

namespace ep = entrepot;

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Returns how many users have a name.
std::int64_t NumNamed(const ep::TablePtr& users) {
  return users->num_rows() - users->GetColumnByName("name")->null_count();
}

ep::Result<std::string> FirstRegion(const ep::TablePtr& users) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto region,
                            users->GetColumnByName("region")->GetScalar(0));
  return region->ToString();
}

int main() {
  const auto regions = ep::PartitionsDefinition::Static({"north", "south"});
  ep::Definitions defs;
  defs.Bind("api", ep::HttpInput::Make(
                       {.base_url = FromEnvironment("USERS_API"),
                        .bearer_token = ep::Secret(FromEnvironment("USERS_API_KEY"))})
                       .value());

  // The last part of the key is the endpoint.
  defs.Add(
      ep::Asset("num_users").Reads(ep::Input("users").LoadedBy("api")).Compute(NumNamed));

  // Partitions go into the query: users_by_region?partitions=north.
  defs.Add(ep::Asset("users_by_region").External().PartitionedBy(regions));
  defs.Add(ep::Asset("region")
               .Reads(ep::Input("users_by_region").LoadedBy("api"))
               .PartitionedBy(regions)
               .Compute(FirstRegion));

  const ep::RunResult all = ep::Materialize(defs, {.select = "num_users"}).value();
  std::cout << all.Output<int>("num_users").value() << " users have a name\n";
  // prints: 2 users have a name

  const ep::RunResult one =
      ep::Materialize(defs, {.select = "region", .partition = "north"}).value();
  std::cout << one.Output<std::string>("region").value() << '\n';
  // prints: north
}
