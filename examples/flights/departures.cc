// Cleans the flights and joins what else is known of each.

#include <chrono>

#include <arrow/compute/api.h>

#include "entrepot/arrow_result.h"
#include "flights.h"
#include "tables.h"

namespace flights {
namespace {

namespace cp = arrow::compute;

// The strongest hurricanes stay below; an hour of 1048 mph is a fault of the instrument.
constexpr double kMaxWindMph = 200;

/// Returns a table with a column set, or added where there is none of its name.
ep::Result<ep::TablePtr> With(const ep::TablePtr& table, const std::string& name,
                              const arrow::Datum& values) {
  const auto column = values.is_chunked_array()
                          ? values.chunked_array()
                          : std::make_shared<arrow::ChunkedArray>(values.make_array());
  const auto field = arrow::field(name, column->type());
  const int index = table->schema()->GetFieldIndex(name);
  return ep::FromArrow(index < 0 ? table->AddColumn(table->num_columns(), field, column)
                                 : table->SetColumn(index, field, column));
}

ep::Result<ep::TablePtr> Arrived(const ep::TablePtr& flights) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto has_left,
                            cp::IsValid(flights->GetColumnByName("dep_delay")));
  ENTREPOT_ASSIGN_OR_RETURN(const auto has_arrived,
                            cp::IsValid(flights->GetColumnByName("arr_delay")));
  ENTREPOT_ASSIGN_OR_RETURN(const auto has_both, cp::And(has_left, has_arrived));
  ENTREPOT_ASSIGN_OR_RETURN(const auto arrived, cp::Filter(flights, has_both));
  return arrived.table();
}

/// Returns the weather columns of the model by origin and hour, without winds that cannot
/// have been.
ep::Result<ep::TablePtr> CleanWeather(const arrow::Table& weather) {
  std::vector<Selected> columns = {"origin", "time_hour"};
  columns.insert(columns.end(), kWeather.begin(), kWeather.end());
  ENTREPOT_ASSIGN_OR_RETURN(const auto selected, Select(weather, columns));
  const arrow::Datum wind = selected->GetColumnByName("wind_speed");
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto is_possible,
      cp::CallFunction("less_equal", {wind, arrow::Datum(kMaxWindMph)}));
  const arrow::Datum unknown = arrow::MakeNullScalar(arrow::float64());
  ENTREPOT_ASSIGN_OR_RETURN(const auto clean, cp::IfElse(is_possible, wind, unknown));
  return With(selected, "wind_speed", clean);
}

/// Returns the dates of the columns year, month and day.
ep::Result<std::shared_ptr<arrow::Array>> DatesOf(const arrow::Table& table) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto years, ColumnOf<arrow::Int64Array>(table, "year"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto months,
                            ColumnOf<arrow::Int64Array>(table, "month"));
  ENTREPOT_ASSIGN_OR_RETURN(const auto days, ColumnOf<arrow::Int64Array>(table, "day"));
  arrow::Date32Builder dates;
  ENTREPOT_RETURN_IF_ERROR(dates.Reserve(table.num_rows()));
  for (std::int64_t row = 0; row < table.num_rows(); ++row) {
    const std::chrono::sys_days date =
        std::chrono::year(static_cast<int>(years->Value(row))) /
        static_cast<int>(months->Value(row)) / static_cast<int>(days->Value(row));
    dates.UnsafeAppend(static_cast<int>(date.time_since_epoch().count()));
  }
  return ep::FromArrow(dates.Finish());
}

}  // namespace

ep::Result<ep::TablePtr> Departures(const ep::TablePtr& flights,
                                    const ep::TablePtr& airlines,
                                    const ep::TablePtr& planes,
                                    const ep::TablePtr& weather, ep::StepContext& step) {
  ENTREPOT_ASSIGN_OR_RETURN(ep::TablePtr table, Arrived(flights));
  const std::int64_t num_arrived = table->num_rows();
  step.log().Info("{} of {} flights arrived", num_arrived, flights->num_rows());
  step.AddOutputMetadata({{"not_arrived", flights->num_rows() - num_arrived}});

  ENTREPOT_ASSIGN_OR_RETURN(const auto names,
                            Select(*airlines, {"carrier", {"name", "airline"}}));
  ENTREPOT_ASSIGN_OR_RETURN(table, LeftJoin(table, names, {"carrier"}));
  ENTREPOT_ASSIGN_OR_RETURN(const auto plane_years,
                            Select(*planes, {"tailnum", {"year", "plane_year"}}));
  ENTREPOT_ASSIGN_OR_RETURN(table, LeftJoin(table, plane_years, {"tailnum"}));
  ENTREPOT_ASSIGN_OR_RETURN(const auto hours, CleanWeather(*weather));
  ENTREPOT_ASSIGN_OR_RETURN(table, LeftJoin(table, hours, {"origin", "time_hour"}));

  ENTREPOT_ASSIGN_OR_RETURN(const arrow::Datum date, DatesOf(*table));
  ENTREPOT_ASSIGN_OR_RETURN(table, With(table, "date", date));
  ENTREPOT_ASSIGN_OR_RETURN(const auto weekday, cp::DayOfWeek(date));  // Monday is 0.
  ENTREPOT_ASSIGN_OR_RETURN(table, With(table, "weekday", weekday));
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto age,
      cp::Subtract(table->GetColumnByName("year"), table->GetColumnByName("plane_year")));
  ENTREPOT_ASSIGN_OR_RETURN(table, With(table, "plane_age", age));

  std::vector<Selected> columns = {
      "date",   "hour", "weekday",  "carrier",   "airline",   "flight",     "tailnum",
      "origin", "dest", "distance", "dep_delay", "arr_delay", "plane_year", "plane_age"};
  columns.insert(columns.end(), kWeather.begin(), kWeather.end());
  return Select(*table, columns);
}

}  // namespace flights
