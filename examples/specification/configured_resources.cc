/// \file examples/specification/configured_resources.cc
/// Steps and resources that runs configure: by a file, by the environment, by settings of
/// one run. With RunMain instead, `--config FILE` and `--set report.top=1` do the same,
/// and `config schema` prints all there is to set.

#include <cstdlib>
#include <iostream>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

struct WarehouseOptions {
  std::string city = "Riga";
  ep::Secret password;

  static const ep::FieldList<WarehouseOptions>& Fields() {
    static const auto fields =
        ep::FieldList<WarehouseOptions>("warehouse")
            .Field("city", &WarehouseOptions::city, "Where it stands.")
            .Field("password", &WarehouseOptions::password, "Opens its door.");
    return fields;
  }
};

struct ReportOptions {
  int top = 10;

  static const ep::FieldList<ReportOptions>& Fields() {
    static const auto fields = ep::FieldList<ReportOptions>("report").Field(
        "top", &ReportOptions::top, "Lines to print.", {.at_least = 1});
    return fields;
  }
};

/// What the options make, once for each run; its destructor would end what it holds.
struct Warehouse {
  std::string city;
  bool is_open;
};

std::string Report(ep::StepContext& step) {
  const auto warehouse = step.resource<Warehouse>("warehouse").value();
  return fmt::format("top {} of {}, {}", step.config<ReportOptions>().top,
                     warehouse->city, warehouse->is_open ? "open" : "closed");
}

ep::Definitions ReportDefinitions() {
  ep::Definitions defs;
  defs.Bind<WarehouseOptions>(
      "warehouse",
      [](const WarehouseOptions& options) -> ep::Result<std::shared_ptr<Warehouse>> {
        const bool is_open = options.password.Reveal() == "sesame";
        return std::make_shared<Warehouse>(Warehouse{options.city, is_open});
      });
  defs.Add(ep::Asset("report")
               .RequiresResources({"warehouse"})
               .Config<ReportOptions>()
               .Compute(Report));
  return defs;
}

constexpr char kRunToml[] = R"(
[warehouse]
city = "Tallinn"
password = {env = "WAREHOUSE_PASSWORD"}

[report]
top = 3
)";

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

int main() {
  setenv("WAREHOUSE_PASSWORD", "sesame", 1);  // As a shell would.
  ep::ConfigTree config = ep::ParseToml(kRunToml, "run.toml").value();
  config.Merge(ep::ParseAssignment("report.top=1").value());
  const ep::RunResult result =
      ep::Materialize(ReportDefinitions(),
                      {.config = {.given = config, .environment = FromEnvironment}})
          .value();
  std::cout << result.Output<std::string>("report").value() << '\n';
  // prints: top 1 of Tallinn, open

  const auto typo =
      ep::Materialize(ReportDefinitions(),
                      {.config = {.given = ep::ParseAssignment("report.tpo=1").value()}});
  const std::string message = typo.error().message();
  std::cout << message.substr(message.find("did you mean")) << '\n';
  // prints: did you mean 'top'?
}
