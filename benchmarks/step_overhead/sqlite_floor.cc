/// \file benchmarks/step_overhead/sqlite_floor.cc
/// The floor of a log that is durable step by step: one row, one synced commit (WAL,
/// synchronous=FULL), with a prepared statement.
///
///   --steps N  --repeats N  --folder DIR

#include <sqlite3.h>

#include "benchmarks/measurement.h"

using namespace entrepot::benchmarks;

namespace {

void Run(sqlite3* database, const std::string& sql) {
  Check(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
        sqlite3_errmsg(database));
}

int CountRows(const std::string& path) {
  sqlite3* database = nullptr;
  Check(sqlite3_open(path.c_str(), &database) == SQLITE_OK, "opening again");
  sqlite3_stmt* count = nullptr;
  sqlite3_prepare_v2(database, "SELECT count(*) FROM rows", -1, &count, nullptr);
  Check(sqlite3_step(count) == SQLITE_ROW, "counting");
  const int rows = sqlite3_column_int(count, 0);
  sqlite3_finalize(count);
  sqlite3_close(database);
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const int steps = options.Number("steps", 200);
  nlohmann::ordered_json seconds = nlohmann::ordered_json::array();
  for (int repeat = 0; repeat < options.Number("repeats", 1); ++repeat) {
    const std::string path =
        FreshFolder(options.Text("folder", "."), "sqlite") + "/log.db";
    sqlite3* database = nullptr;
    Check(sqlite3_open(path.c_str(), &database) == SQLITE_OK, "opening");
    Run(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    Run(database, "CREATE TABLE rows (id INTEGER PRIMARY KEY, step TEXT, value INTEGER)");
    sqlite3_stmt* insert = nullptr;
    Check(sqlite3_prepare_v2(database, "INSERT INTO rows (step, value) VALUES (?, ?)", -1,
                             &insert, nullptr) == SQLITE_OK,
          sqlite3_errmsg(database));
    const Timer timer;
    for (int i = 0; i < steps; ++i) {
      const std::string key = fmt::format("step/{:04}", i);
      sqlite3_bind_text(insert, 1, key.c_str(), -1, SQLITE_STATIC);
      sqlite3_bind_int(insert, 2, i);
      Check(sqlite3_step(insert) == SQLITE_DONE, sqlite3_errmsg(database));
      sqlite3_reset(insert);
    }
    seconds.push_back(timer.seconds() / steps);
    sqlite3_finalize(insert);
    sqlite3_close(database);
    Check(CountRows(path) == steps, "rows are missing");
  }
  Print({{"seconds_per_step", seconds}, {"steps", steps}, {"checked", true}});
  return 0;
}
