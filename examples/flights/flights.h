#pragma once

/// \file examples/flights/flights.h
/// The assets of the flights example: what each one is computed by (flights.cc binds
/// them).
///
/// Tables have a row order of their own, so that every run, in C++ and in Python
/// (flights.py), makes the same ones: departures that of the file, the others by their
/// key.

#include <map>
#include <string>

#include "entrepot/entrepot.h"

namespace flights {

namespace ep = entrepot;

/// The weather columns of the model, in its order.
inline const std::vector<std::string> kWeather = {"temp",   "humid",    "wind_speed",
                                                  "precip", "pressure", "visib"};

/// Adds raw/flights, raw/weather, raw/planes, raw/airports and raw/airlines: the CSV
/// files of the folder $FLIGHTS_DATA as they are.
void AddRawAssets(ep::Definitions& defs);

/// Returns the flights that left and arrived, in the order of `flights`, with airline,
/// plane and the weather of their hour.
ep::Result<ep::TablePtr> Departures(const ep::TablePtr& flights,
                                    const ep::TablePtr& airlines,
                                    const ep::TablePtr& planes,
                                    const ep::TablePtr& weather, ep::StepContext& step);

/// Return flights and mean delays in minutes, by carrier and date, by carrier (with the
/// mean age of its planes in years), and by destination (with its airport and the mean
/// distance in miles).
ep::Result<ep::TablePtr> DailyDelays(const ep::TablePtr& departures);
ep::Result<ep::TablePtr> CarrierDelays(const ep::TablePtr& departures);
ep::Result<ep::TablePtr> DestinationDelays(const ep::TablePtr& departures,
                                           const ep::TablePtr& airports);

/// Returns the mean departure delay in minutes, [hour, weekday from Monday]; NaN where no
/// flight left.
ep::Result<ep::Tensor> DelayTensor(const ep::TablePtr& departures);

/// Minutes per unit, by weather column; "intercept" is that of the line.
using Coefficients = std::map<std::string, double>;

/// Returns what weather adds to a departure delay, by least squares.
ep::Result<Coefficients> DelayModel(const ep::TablePtr& departures,
                                    ep::StepContext& step);

/// Returns a page of text.
ep::Result<std::string> Report(const ep::TablePtr& daily_delays,
                               const ep::TablePtr& carrier_delays,
                               const ep::TablePtr& destination_delays,
                               const ep::Tensor& delay_tensor,
                               const Coefficients& delay_model);

}  // namespace flights
