/// \file examples/specification/input_without_a_producer.cc
/// An input that no asset produces, loaded by an input manager of one's own: readings
/// that an instrument leaves as text files, one number a line.

#include <fstream>
#include <iostream>
#include <iterator>
#include <numeric>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

class InstrumentInput final : public ep::InputManager {
 public:
  explicit InstrumentInput(std::string folder) : folder_(std::move(folder)) {}

  ep::Result<ep::Value> LoadInput(const ep::InputContext& context) override {
    const std::string name =
        context.asset_key() ? context.asset_key()->name() : context.name();
    const std::string path = folder_ + "/" + name + ".txt";
    std::ifstream file(path);
    if (!file) return ep::NotFound("there is no file '{}'", path);
    const std::vector<double> readings{std::istream_iterator<double>(file), {}};
    if (!file.eof()) return ep::Corrupt("'{}' is not a number a line", path);
    return ep::ToValue(readings);
  }

 private:
  std::string folder_;
};

double Mean(const std::vector<double>& readings) {
  return std::accumulate(readings.begin(), readings.end(), 0.0) /
         static_cast<double>(readings.size());
}

int main() {
  std::ofstream("thermometer.txt") << "20.5\n21.5\n";

  ep::Definitions defs;
  defs.Bind("instruments", std::make_shared<InstrumentInput>("."));
  defs.Add(ep::Asset("mean_temperature")
               .Reads(ep::Input("thermometer").LoadedBy("instruments"))
               .Compute(Mean));
  const ep::RunResult result = ep::Materialize(defs).value();
  std::cout << result.Output<double>("mean_temperature").value() << '\n';
  // prints: 21

  // Without a manager, a run fails before its first step.
  ep::Definitions incomplete;
  incomplete.Add(ep::Asset("mean_pressure").Reads("barometer").Compute(Mean));
  std::cout << (ep::Materialize(incomplete).error().code() == ep::ErrorCode::kNotFound)
            << '\n';
  // prints: 1
}
