// The CSV files as they are: every column with a type, NA as null.

#include <cstdlib>
#include <filesystem>

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/api.h>

#include "entrepot/arrow_result.h"
#include "flights.h"

namespace flights {
namespace {

using SchemaPtr = std::shared_ptr<arrow::Schema>;

ep::Result<ep::TablePtr> ReadCsv(const std::string& path, const arrow::Schema& schema) {
  auto options = arrow::csv::ConvertOptions::Defaults();
  for (const auto& field : schema.fields()) {
    options.column_types[field->name()] = field->type();
    options.include_columns.push_back(field->name());
  }
  options.null_values = {"NA"};
  options.strings_can_be_null = true;

  ENTREPOT_ASSIGN_OR_RETURN(auto file, arrow::io::ReadableFile::Open(path));
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto reader,
      arrow::csv::TableReader::Make(arrow::io::default_io_context(), std::move(file),
                                    arrow::csv::ReadOptions::Defaults(),
                                    arrow::csv::ParseOptions::Defaults(), options));
  return ep::FromArrow(reader->Read());
}

/// Returns the path of a file of $FLIGHTS_DATA.
ep::Result<std::string> DataFile(const std::string& name) {
  const char* folder = std::getenv("FLIGHTS_DATA");
  if (folder == nullptr || *folder == '\0') {
    return ep::Invalid(
        "FLIGHTS_DATA must name the folder of the CSV files; fetch.py FOLDER downloads "
        "them, "
        "generate.py FOLDER makes some up");
  }
  return (std::filesystem::path(folder) / name).string();
}

/// Makes the asset raw/<name> from <name>.csv.
ep::Asset Raw(const std::string& name, std::string description, SchemaPtr schema) {
  return ep::Asset("raw/" + name)
      .Group("raw")
      .CodeVersion("1")
      .Describe(std::move(description))
      .Compute([name, schema](ep::StepContext& step) -> ep::Result<ep::TablePtr> {
        ENTREPOT_ASSIGN_OR_RETURN(const std::string path, DataFile(name + ".csv"));
        ENTREPOT_ASSIGN_OR_RETURN(const ep::TablePtr table, ReadCsv(path, *schema));
        step.log().Info("read {} rows of {}", table->num_rows(), path);
        step.AddOutputMetadata({{"file", ep::MetadataValue::Path(path)}});
        return table;
      });
}

}  // namespace

void AddRawAssets(ep::Definitions& defs) {
  const auto integer = arrow::int64();
  const auto number = arrow::float64();
  const auto text = arrow::utf8();
  const auto time = arrow::timestamp(arrow::TimeUnit::MILLI, "UTC");
  defs.Add(Raw("flights",
               "Every flight that was to leave New York, also those that did not.",
               arrow::schema({{"year", integer},
                              {"month", integer},
                              {"day", integer},
                              {"dep_time", integer},
                              {"sched_dep_time", integer},
                              {"dep_delay", integer},
                              {"arr_time", integer},
                              {"sched_arr_time", integer},
                              {"arr_delay", integer},
                              {"carrier", text},
                              {"flight", integer},
                              {"tailnum", text},
                              {"origin", text},
                              {"dest", text},
                              {"air_time", integer},
                              {"distance", integer},
                              {"hour", integer},
                              {"minute", integer},
                              {"time_hour", time}})));
  defs.Add(Raw("weather", "The weather at the three airports, hour by hour.",
               arrow::schema({{"origin", text},
                              {"year", integer},
                              {"month", integer},
                              {"day", integer},
                              {"hour", integer},
                              {"temp", number},
                              {"dewp", number},
                              {"humid", number},
                              {"wind_dir", integer},
                              {"wind_speed", number},
                              {"wind_gust", number},
                              {"precip", number},
                              {"pressure", number},
                              {"visib", number},
                              {"time_hour", time}})));
  defs.Add(Raw("planes", "The planes by tail number.",
               arrow::schema({{"tailnum", text},
                              {"year", integer},
                              {"type", text},
                              {"manufacturer", text},
                              {"model", text},
                              {"engines", integer},
                              {"seats", integer},
                              {"speed", integer},
                              {"engine", text}})));
  defs.Add(Raw("airports", "The airports by code.",
               arrow::schema({{"faa", text},
                              {"name", text},
                              {"lat", number},
                              {"lon", number},
                              {"alt", integer},
                              {"tz", integer},
                              {"dst", text},
                              {"tzone", text}})));
  defs.Add(Raw("airlines", "The names of the airlines by code.",
               arrow::schema({{"carrier", text}, {"name", text}})));
}

}  // namespace flights
