// What the other assets say, in a page.

#include <algorithm>
#include <chrono>
#include <cmath>

#include <arrow/compute/api.h>
#include <fmt/format.h>

#include "entrepot/arrow_result.h"
#include "flights.h"
#include "tables.h"

namespace flights {
namespace {

// Below it, a mean is an accident.
constexpr std::int64_t kMinFlights = 20;

constexpr const char* kWeekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                     "Friday", "Saturday", "Sunday"};

const std::map<std::string, std::string> kUnits = {{"temp", "°F"},
                                                   {"humid", "% of humidity"},
                                                   {"wind_speed", "mph of wind"},
                                                   {"precip", "inch of rain"},
                                                   {"pressure", "mbar"},
                                                   {"visib", "mile of visibility"}};

/// A row of a table of the report.
struct Line {
  std::string label;
  std::int64_t flights;
  double minutes;
};

std::string TextOr(const arrow::StringArray& column, std::int64_t row,
                   const std::string& otherwise) {
  return column.IsNull(row) ? otherwise : column.GetString(row);
}

std::string DateText(int days) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

/// Returns the rows of the highest means of enough flights; equal ones keep their order.
template <typename LabelOf>
ep::Result<std::vector<Line>> Latest(const arrow::Table& table,
                                     const std::string& minutes, size_t at_most,
                                     const LabelOf& label_of) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto flights,
                            ColumnOf<arrow::Int64Array>(table, "flights"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto means,
                            ColumnOf<arrow::DoubleArray>(table, minutes));
  std::vector<Line> lines;
  for (std::int64_t row = 0; row < table.num_rows(); ++row) {
    if (flights->Value(row) < kMinFlights) continue;
    lines.push_back({label_of(row), flights->Value(row), means->Value(row)});
  }
  std::ranges::stable_sort(lines, std::ranges::greater(), &Line::minutes);
  lines.resize(std::min(lines.size(), at_most));
  return lines;
}

std::string Format(const std::string& title, const std::vector<Line>& lines) {
  std::string text =
      fmt::format("\n{:<42} {:>7} {:>14}\n", title, "flights", "minutes late");
  for (const auto& [label, flights, minutes] : lines) {
    text += fmt::format("  {:<40} {:>7} {:>14.1f}\n", label, flights, minutes);
  }
  return text;
}

/// Returns the mean of a column weighted by the flights of each row.
ep::Result<double> Overall(const arrow::Table& table, const std::string& name) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto flights,
                            ColumnOf<arrow::Int64Array>(table, "flights"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto means, ColumnOf<arrow::DoubleArray>(table, name));
  double minutes = 0;
  double num_flights = 0;
  for (std::int64_t row = 0; row < table.num_rows(); ++row) {
    minutes += means->Value(row) * static_cast<double>(flights->Value(row));
    num_flights += static_cast<double>(flights->Value(row));
  }
  return minutes / num_flights;
}

ep::Result<std::string> Heading(const arrow::Table& days, const arrow::Table& carriers,
                                const arrow::Table& destinations) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto dates, ColumnOf<arrow::Date32Array>(days, "date"));
  const auto [first, last] =
      std::minmax_element(dates->raw_values(), dates->raw_values() + dates->length());
  ENTREPOT_ASSIGN_OR_RETURN(const auto flights,
                            ColumnOf<arrow::Int64Array>(carriers, "flights"));
  ENTREPOT_ASSIGN_OR_RETURN(const double left, Overall(carriers, "mean_dep_delay"));
  ENTREPOT_ASSIGN_OR_RETURN(const double arrived, Overall(carriers, "mean_arr_delay"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto total, arrow::compute::Sum(flights));
  return fmt::format(
      "Flights out of New York, {} to {}\n\n"
      "{} flights of {} airlines to {} airports\n"
      "left {:.1f} and arrived {:.1f} minutes late on average.\n",
      DateText(*first), DateText(*last), total.scalar()->ToString(), carriers.num_rows(),
      destinations.num_rows(), left, arrived);
}

ep::Result<std::string> Airlines(const arrow::Table& carriers) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto codes,
                            ColumnOf<arrow::StringArray>(carriers, "carrier"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto names,
                            ColumnOf<arrow::StringArray>(carriers, "airline"));
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto lines, Latest(carriers, "mean_arr_delay", 100, [&](std::int64_t row) {
        return TextOr(*names, row, codes->GetString(row));
      }));
  return Format("Airlines, by arrival", lines);
}

ep::Result<std::string> WorstDestinations(const arrow::Table& destinations) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto codes,
                            ColumnOf<arrow::StringArray>(destinations, "dest"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto airports,
                            ColumnOf<arrow::StringArray>(destinations, "airport"));
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto lines, Latest(destinations, "mean_arr_delay", 5, [&](std::int64_t row) {
        return codes->GetString(row) + " " + TextOr(*airports, row, "?");
      }));
  return Format("Worst destinations, by arrival", lines);
}

ep::Result<std::string> WorstDays(const ep::TablePtr& days,
                                  const ep::TablePtr& carriers) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto names, Select(*carriers, {"carrier", "airline"}));
  ENTREPOT_ASSIGN_OR_RETURN(const auto named, LeftJoin(days, names, {"carrier"}));
  ENTREPOT_ASSIGN_OR_RETURN(const auto dates,
                            ColumnOf<arrow::Date32Array>(*named, "date"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto codes,
                            ColumnOf<arrow::StringArray>(*named, "carrier"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto airlines,
                            ColumnOf<arrow::StringArray>(*named, "airline"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto lines,
                            Latest(*named, "mean_dep_delay", 5, [&](std::int64_t row) {
                              return DateText(dates->Value(row)) + " " +
                                     TextOr(*airlines, row, codes->GetString(row));
                            }));
  return Format("Worst days of an airline, by departure", lines);
}

/// Tells when it is best and worst to leave, of hours × weekdays.
ep::Result<std::string> BestAndWorstTime(const ep::Tensor& delays) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto means, delays.Elements<double>());
  const auto is_less = [](double a, double b) {  // NaN is neither least nor greatest.
    return !std::isnan(a) && (std::isnan(b) || a < b);
  };
  const auto is_greater = [](double a, double b) {
    return !std::isnan(a) && (std::isnan(b) || a > b);
  };
  const auto best = std::ranges::min_element(means, is_less) - means.begin();
  const auto worst = std::ranges::min_element(means, is_greater) - means.begin();
  return fmt::format(
      "\nBest time to leave: {} after {}:00, {:.1f} minutes late on average.\n"
      "Worst: {} after {}:00, {:.1f} minutes.\n",
      kWeekdays[best % 7], best / 7, means[best], kWeekdays[worst % 7], worst / 7,
      means[worst]);
}

std::string EffectsOfWeather(const Coefficients& model) {
  std::string text =
      "\nWhat the weather adds to a departure delay, other things being equal:\n";
  for (const std::string& name : kWeather) {
    text += fmt::format("  {:>+8.2f} minutes per {}\n", model.at(name), kUnits.at(name));
  }
  return text;
}

}  // namespace

ep::Result<std::string> Report(const ep::TablePtr& daily_delays,
                               const ep::TablePtr& carrier_delays,
                               const ep::TablePtr& destination_delays,
                               const ep::Tensor& delay_tensor,
                               const Coefficients& delay_model) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto heading,
                            Heading(*daily_delays, *carrier_delays, *destination_delays));
  ENTREPOT_ASSIGN_OR_RETURN(const auto airlines, Airlines(*carrier_delays));
  ENTREPOT_ASSIGN_OR_RETURN(const auto destinations,
                            WorstDestinations(*destination_delays));
  ENTREPOT_ASSIGN_OR_RETURN(const auto days, WorstDays(daily_delays, carrier_delays));
  ENTREPOT_ASSIGN_OR_RETURN(const auto times, BestAndWorstTime(delay_tensor));
  return heading + airlines + destinations + days + times + EffectsOfWeather(delay_model);
}

}  // namespace flights
