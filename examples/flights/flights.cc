/// \file examples/flights/flights.cc
/// A year of flights out of New York: which are late, and is it the weather? The same
/// assets as flights.py, whose numbers they share.
///
///   export FLIGHTS_DATA=FOLDER   # filled by fetch.py, or offline by generate.py
///   ./flights materialize

#include "flights.h"

#include <arrow/compute/initialize.h>

#include "entrepot/arrow_result.h"

namespace flights {
namespace {

ep::Asset Analysis(std::string_view key, std::string description) {
  return ep::Asset(key)
      .Group("analysis")
      .CodeVersion("1")
      .Describe(std::move(description));
}

ep::Definitions FlightDefinitions() {
  // Arrow's compute functions are there only once they have been asked for.
  if (const auto status = arrow::compute::Initialize(); !status.ok()) {
    ep::ThrowError(ep::FromArrow(status));
  }
  ep::Definitions defs;
  AddRawAssets(defs);
  defs.Add(Analysis("departures",
                    "The flights that left and arrived, with airline, plane and weather.")
               .Reads("raw/flights", "raw/airlines", "raw/planes", "raw/weather")
               .Compute(Departures));
  defs.Add(Analysis("daily_delays",
                    "How late each airline was on each day: means in minutes, by carrier "
                    "and date.")
               .Reads("departures")
               .Compute(DailyDelays));
  defs.Add(Analysis("carrier_delays",
                    "How late each airline was, and how old its planes: by carrier.")
               .Reads("departures")
               .Compute(CarrierDelays));
  defs.Add(Analysis("destination_delays", "How late flights were by where they went.")
               .Reads("departures", "raw/airports")
               .Compute(DestinationDelays));
  defs.Add(Analysis("delay_tensor",
                    "The mean departure delay in minutes by [hour, weekday from Monday].")
               .Reads("departures")
               .Compute(DelayTensor));
  defs.Add(Analysis("delay_model",
                    "What weather adds to a departure delay: minutes per unit, by least "
                    "squares.")
               .Reads("departures")
               .Compute(DelayModel));
  defs.Add(Analysis("report", "What the other assets say, in a page.")
               .Reads("daily_delays", "carrier_delays", "destination_delays",
                      "delay_tensor", "delay_model")
               .Compute(Report));
  return defs;
}

}  // namespace
}  // namespace flights

int main(int argc, char** argv) {
  return entrepot::RunMain(argc, argv, flights::FlightDefinitions);
}
