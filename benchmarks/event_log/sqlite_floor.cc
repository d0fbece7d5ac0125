/// \file benchmarks/event_log/sqlite_floor.cc
/// The floor of the event log: one table with the two indexes that the questions need, no
/// lineage, no runs, no steps; rows are read as text and nothing is parsed.
///
///   --count N  --queries N  --folder DIR

#include <sqlite3.h>

#include "benchmarks/event_log/long_history.h"
#include "benchmarks/measurement.h"

using namespace entrepot::benchmarks;

namespace {

constexpr std::int64_t kGroup = 5000;  ///< Rows of one commit, as in Entrepot's log.

class Database {
 public:
  explicit Database(const std::string& path) {
    Check(sqlite3_open(path.c_str(), &database_) == SQLITE_OK, "opening");
    Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    Run("CREATE TABLE rows (id INTEGER PRIMARY KEY, asset TEXT, partition TEXT, data "
        "TEXT)");
    Run("CREATE INDEX by_asset ON rows (asset)");
    Run("CREATE INDEX by_partition ON rows (asset, partition)");
  }
  ~Database() { sqlite3_close(database_); }

  void Run(const std::string& sql) {
    Check(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
          sqlite3_errmsg(database_));
  }
  sqlite3_stmt* Prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    Check(
        sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK,
        sqlite3_errmsg(database_));
    return statement;
  }

 private:
  sqlite3* database_ = nullptr;
};

void Bind(sqlite3_stmt* statement, int place, const std::optional<std::string>& text) {
  if (text) {
    sqlite3_bind_text(statement, place, text->c_str(), -1, SQLITE_TRANSIENT);
  } else {
    sqlite3_bind_null(statement, place);
  }
}

/// About what a receipt, metadata and two inputs take in Entrepot's log.
std::string DataOf(std::int64_t number) {
  return fmt::format("{:<600}", LongHistory::PathOf(number));
}

void Insert(sqlite3_stmt* insert, std::int64_t number) {
  Bind(insert, 1, LongHistory::KeyOf(LongHistory::AssetOf(number)));
  Bind(insert, 2, LongHistory::PartitionOf(number));
  Bind(insert, 3, DataOf(number));
  Check(sqlite3_step(insert) == SQLITE_DONE, "inserting");
  sqlite3_reset(insert);
}

double Append(Database& database, sqlite3_stmt* insert, std::int64_t count) {
  const Timer timer;
  for (std::int64_t begin = 0; begin < count; begin += kGroup) {
    database.Run("BEGIN IMMEDIATE");
    for (std::int64_t i = begin; i < std::min(begin + kGroup, count); ++i) {
      Insert(insert, i);
    }
    database.Run("COMMIT");
  }
  return timer.seconds() / static_cast<double>(count);
}

Latencies AppendOneByOne(sqlite3_stmt* insert, std::int64_t first, std::int64_t amount) {
  Latencies latencies;
  for (std::int64_t i = first; i < first + amount; ++i) {
    const Timer timer;
    Insert(insert, i);
    latencies.Add(timer.seconds());
  }
  return latencies;
}

/// Asks for rows of the asset (and partition) of each number; they must be `expected`.
template <typename Expected>
Latencies Ask(sqlite3_stmt* question, bool by_partition,
              const std::vector<std::int64_t>& numbers, Expected expected) {
  Latencies latencies;
  for (const std::int64_t number : numbers) {
    const std::string key = LongHistory::KeyOf(LongHistory::AssetOf(number));
    const auto partition = LongHistory::PartitionOf(number);
    std::vector<std::pair<std::int64_t, std::string>> rows;
    const Timer timer;
    Bind(question, 1, key);
    if (by_partition) Bind(question, 2, partition);
    while (sqlite3_step(question) == SQLITE_ROW) {
      rows.emplace_back(sqlite3_column_int64(question, 0),
                        reinterpret_cast<const char*>(sqlite3_column_text(question, 1)));
    }
    sqlite3_reset(question);
    latencies.Add(timer.seconds());
    const std::vector<std::int64_t> wanted = expected(number);
    Check(rows.size() == wanted.size(), "the number of rows");
    for (size_t i = 0; i < rows.size(); ++i) {
      // Ids begin at 1.
      Check(rows[i].first == wanted[i] + 1 && rows[i].second == DataOf(wanted[i]),
            "a row");
    }
  }
  return latencies;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const LongHistory history{.count = options.Number("count", 100'000)};
  const auto numbers = history.Sample(options.Number("queries", 2000));
  const std::string path = FreshFolder(options.Text("folder", "."), "sqlite") + "/log.db";
  Database database(path);

  sqlite3_stmt* insert =
      database.Prepare("INSERT INTO rows (asset, partition, data) VALUES (?, ?, ?)");
  nlohmann::ordered_json result{
      {"append_seconds", Append(database, insert, history.count)}};

  const auto latest = [&](std::int64_t number) {
    return std::vector{history.NewestOfPartition(number)[0]};
  };
  const auto of_asset = [&](std::int64_t number) {
    return history.NewestOfAsset(number);
  };
  const auto of_partition = [&](std::int64_t number) {
    return history.NewestOfPartition(number);
  };
  const std::string select = "SELECT id, data FROM rows WHERE asset = ? ";
  const std::string newest = "ORDER BY id DESC LIMIT ";
  const std::string page = newest + std::to_string(LongHistory::kPage);
  sqlite3_stmt* one = database.Prepare(select + "AND partition IS ? " + newest + "1");
  sqlite3_stmt* asset = database.Prepare(select + page);
  sqlite3_stmt* partition = database.Prepare(select + "AND partition IS ? " + page);
  Ask(one, true, numbers, latest).Put(result, "latest");
  Ask(asset, false, numbers, of_asset).Put(result, "history_of_asset");
  Ask(partition, true, numbers, of_partition).Put(result, "history_of_partition");
  AppendOneByOne(insert, history.count, 200).Put(result, "append_one");

  for (sqlite3_stmt* statement : {insert, one, asset, partition}) {
    sqlite3_finalize(statement);
  }
  result["bytes_per_materialization"] =
      static_cast<double>(std::filesystem::file_size(path)) /
      static_cast<double>(history.count);
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
  result["checked"] = true;
  Print(result);
  return 0;
}
