// Mean delays by day, airline, destination and hour.

#include <limits>

#include "entrepot/arrow_result.h"
#include "flights.h"
#include "tables.h"

namespace flights {

ep::Result<ep::TablePtr> DailyDelays(const ep::TablePtr& departures) {
  return MeansBy(departures, {"carrier", "date"}, {"dep_delay", "arr_delay"});
}

ep::Result<ep::TablePtr> CarrierDelays(const ep::TablePtr& departures) {
  return MeansBy(departures, {"carrier", "airline"},
                 {"dep_delay", "arr_delay", "plane_age"});
}

ep::Result<ep::TablePtr> DestinationDelays(const ep::TablePtr& departures,
                                           const ep::TablePtr& airports) {
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto delays,
      MeansBy(departures, {"dest"}, {"dep_delay", "arr_delay", "distance"}));
  ENTREPOT_ASSIGN_OR_RETURN(const auto names,
                            Select(*airports, {{"faa", "dest"}, {"name", "airport"}}));
  return LeftJoin(delays, names, {"dest"});
}

ep::Result<ep::Tensor> DelayTensor(const ep::TablePtr& departures) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto hours,
                            ColumnOf<arrow::Int64Array>(*departures, "hour"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto weekdays,
                            ColumnOf<arrow::Int64Array>(*departures, "weekday"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto delays,
                            ColumnOf<arrow::Int64Array>(*departures, "dep_delay"));
  std::vector<std::int64_t> flights(24 * 7);
  std::vector<std::int64_t> minutes(24 * 7);
  for (std::int64_t row = 0; row < departures->num_rows(); ++row) {
    const auto cell = static_cast<size_t>(hours->Value(row) * 7 + weekdays->Value(row));
    ++flights.at(cell);
    minutes.at(cell) += delays->Value(row);
  }
  std::vector<double> means(24 * 7, std::numeric_limits<double>::quiet_NaN());
  for (size_t cell = 0; cell < means.size(); ++cell) {
    if (flights[cell] == 0) continue;
    means[cell] = static_cast<double>(minutes[cell]) / static_cast<double>(flights[cell]);
  }
  return ep::Tensor::FromElements<double>(means, {24, 7});
}

}  // namespace flights
