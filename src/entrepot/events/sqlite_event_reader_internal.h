#pragma once

/// \file entrepot/events/sqlite_event_reader_internal.h
/// How rows become answers.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "entrepot/events/event_log.h"
#include "entrepot/events/sqlite_queries_internal.h"
#include "entrepot/sql/sqlite_database.h"

namespace entrepot {

/// Answers the questions of EventLog from what is committed. One thread at a time.
class SqliteEventReader {
 public:
  /// Takes a connection of OpenSqliteLogForReading.
  explicit SqliteEventReader(SqliteDatabase database);

  Result<bool> HasRun(const std::string& run_id);
  Result<std::vector<RunRecord>> Runs(const RunQuery& query);
  Result<std::vector<StepRecord>> Steps(const std::string& run_id);
  Result<std::vector<EventRecord>> Events(const EventQuery& query);
  Result<std::vector<Materialization>> Materializations(
      const MaterializationQuery& query);
  Result<std::optional<Materialization>> Latest(
      const AssetKey& key, const std::optional<std::string>& partition);
  Result<std::vector<Materialization>> Lineage(EventId id, LineageDirection direction);
  Result<std::vector<AssetRecord>> Assets();

 private:
  /// A materialization's row: its record, and what only its event tells.
  struct MaterializationRow {
    Materialization record;
    int attempt = 0;
    int num_inputs = 0;
  };

  Result<SqliteStatement*> Statement(SqliteQuery query);
  template <typename Visit, typename... Args>
  Status ForEach(SqliteQuery query, Visit&& visit, const Args&... args);
  template <typename... Args>
  Result<std::optional<std::int64_t>> QueryInt(SqliteQuery query, const Args&... args);

  template <typename... Args>
  Result<std::vector<MaterializationRow>> Rows(SqliteQuery query, const Args&... args);
  Result<std::vector<Materialization>> Records(
      Result<std::vector<MaterializationRow>> rows);
  Result<std::vector<MaterializationRow>> RowsFor(const MaterializationQuery& query);
  Result<std::optional<MaterializationRow>> RowOf(EventId id);
  Status AddInputs(MaterializationRow& row);
  static Result<MaterializationRow> ToMaterializationRow(const SqliteRow& row);

  SqliteDatabase database_;
  std::vector<std::unique_ptr<SqliteStatement>>
      statements_;  // By SqliteQuery; made on use.
};

}  // namespace entrepot
