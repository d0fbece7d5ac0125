#include "entrepot/events/sqlite_event_reader_internal.h"

#include <algorithm>
#include <limits>

#include "entrepot/events/event_payload_internal.h"
#include "entrepot/events/event_rules_internal.h"

namespace entrepot {
namespace {

// To SQLite a negative limit means none.
int LimitOf(int limit) { return std::max(limit, 0); }

/// Which of the two statements of a history: the oldest first one follows the other.
SqliteQuery Ordered(SqliteQuery newest_first, const MaterializationQuery& query) {
  return static_cast<SqliteQuery>(static_cast<int>(newest_first) + query.oldest_first);
}

Result<RunRecord> ToRunRecord(const SqliteRow& row) {
  ENTREPOT_ASSIGN_OR_RETURN(const RunStatus status, RunStatusFromName(row.Text(1)));
  return RunRecord{.run_id = row.String(0),
                   .status = status,
                   .started = row.Int(2),
                   .finished = row.Int(3),
                   .num_steps = static_cast<int>(row.Int(4)),
                   .host = row.String(5),
                   .pid = row.Int(6),
                   .process_start = row.Int(7),
                   .error = row.String(8)};
}

Result<InputRecord> ToInputRecord(const SqliteRow& row) {
  ENTREPOT_ASSIGN_OR_RETURN(AssetKey key, AssetKey::Parse(row.Text(1)));
  return InputRecord{
      .name = row.String(0),
      .key = std::move(key),
      .partition = row.OptionalString(2),
      .source = row.Int(3),
      .handed_over = row.Int(4) != 0,
      .load = {
          .seconds = row.Float(5), .size_bytes = row.Int(6), .rows = row.OptionalInt(7)}};
}

}  // namespace

SqliteEventReader::SqliteEventReader(SqliteDatabase database)
    : database_(std::move(database)), statements_(SqliteQueries().size()) {}

Result<SqliteStatement*> SqliteEventReader::Statement(SqliteQuery query) {
  const auto index = static_cast<size_t>(query);
  if (!statements_[index]) {
    ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement made,
                              database_.Prepare(SqliteQueries()[index]));
    statements_[index] = std::make_unique<SqliteStatement>(std::move(made));
  }
  return statements_[index].get();
}

template <typename Visit, typename... Args>
Status SqliteEventReader::ForEach(SqliteQuery query, Visit&& visit, const Args&... args) {
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement* const statement, Statement(query));
  return statement->ForEach(std::forward<Visit>(visit), args...);
}

template <typename... Args>
Result<std::optional<std::int64_t>> SqliteEventReader::QueryInt(SqliteQuery query,
                                                                const Args&... args) {
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement* const statement, Statement(query));
  return statement->QueryInt(args...);
}

Result<bool> SqliteEventReader::HasRun(const std::string& run_id) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto run, QueryInt(SqliteQuery::kRunRow, run_id));
  return run.has_value();
}

Result<std::vector<RunRecord>> SqliteEventReader::Runs(const RunQuery& query) {
  std::vector<RunRecord> found;
  const auto add = [&](const SqliteRow& row) -> Status {
    ENTREPOT_ASSIGN_OR_RETURN(RunRecord record, ToRunRecord(row));
    if (IsWanted(record, query)) found.push_back(std::move(record));
    return {};
  };
  const int limit = LimitOf(query.limit);
  using enum SqliteQuery;
  ENTREPOT_RETURN_IF_ERROR(
      query.run_id
          ? ForEach(kRun, add, *query.run_id, limit)
          : ForEach(query.only_unfinished ? kUnfinishedRuns : kRuns, add, limit));
  return found;
}

Result<std::vector<StepRecord>> SqliteEventReader::Steps(const std::string& run_id) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto run, QueryInt(SqliteQuery::kRunRow, run_id));
  std::vector<std::pair<EventId, StepRecord>> steps;
  const auto add = [&](const SqliteRow& row) -> Status {
    ENTREPOT_ASSIGN_OR_RETURN(const StepStatus status, StepStatusFromName(row.Text(1)));
    steps.emplace_back(row.Int(6), StepRecord{.run_id = run_id,
                                              .step_key = row.String(0),
                                              .status = status,
                                              .attempts = static_cast<int>(row.Int(2)),
                                              .started = row.Int(3),
                                              .finished = row.Int(4),
                                              .error = row.String(5)});
    return {};
  };
  if (run) ENTREPOT_RETURN_IF_ERROR(ForEach(SqliteQuery::kSteps, add, *run));
  std::ranges::sort(steps, {}, &std::pair<EventId, StepRecord>::first);
  std::vector<StepRecord> found;
  found.reserve(steps.size());
  for (auto& [first_event, record] : steps) found.push_back(std::move(record));
  return found;
}

Result<std::vector<EventRecord>> SqliteEventReader::Events(const EventQuery& query) {
  std::vector<EventRecord> found;
  std::optional<std::int64_t> run;
  if (!query.run_id.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(run, QueryInt(SqliteQuery::kRunRow, query.run_id));
    if (!run) return found;
  }
  const auto add = [&](const SqliteRow& row) -> Status {
    EventRecord record{.id = row.Int(0),
                       .event = {.time = row.Int(1),
                                 .run_id = query.run_id,
                                 .step_key = row.String(2),
                                 .data = {}}};
    if (row.Text(3) == "materialized") {
      ENTREPOT_ASSIGN_OR_RETURN(auto materialization, RowOf(record.id));
      if (!materialization) return Corrupt("event {} has no materialization", record.id);
      record.event.data =
          ToMaterialized(std::move(materialization->record), materialization->attempt);
    } else {
      ENTREPOT_ASSIGN_OR_RETURN(record.event.data,
                                EventDataFromJson(row.Text(3), row.Text(4)));
    }
    found.push_back(std::move(record));
    return {};
  };
  const int limit = LimitOf(query.limit);
  ENTREPOT_RETURN_IF_ERROR(
      query.step_key ? ForEach(SqliteQuery::kEventsOfStep, add, run, *query.step_key,
                               query.after, limit)
                     : ForEach(SqliteQuery::kEventsOfRun, add, run, query.after, limit));
  return found;
}

Result<SqliteEventReader::MaterializationRow> SqliteEventReader::ToMaterializationRow(
    const SqliteRow& row) {
  ENTREPOT_ASSIGN_OR_RETURN(AssetKey key, AssetKey::Parse(row.Text(4)));
  ENTREPOT_ASSIGN_OR_RETURN(auto receipts, ReceiptsFromJson(row.Text(6)));
  ENTREPOT_ASSIGN_OR_RETURN(Metadata metadata, MetadataFromJson(row.Text(7)));
  return MaterializationRow{
      .record = {.id = row.Int(0),
                 .time = row.Int(1),
                 .run_id = row.String(2),
                 .step_key = row.String(3),
                 .key = std::move(key),
                 .partition = row.OptionalString(5),
                 .receipts = std::move(receipts),
                 .metadata = std::move(metadata),
                 .code_version = row.String(8),
                 .io_manager = {row.String(9), row.String(10), row.String(11)},
                 .inputs = {},
                 .compute_seconds = row.Float(12),
                 .store = {.seconds = row.Float(13),
                           .size_bytes = row.Int(14),
                           .rows = row.OptionalInt(15)}},
      .attempt = static_cast<int>(row.Int(16)),
      .num_inputs = static_cast<int>(row.Int(17))};
}

Status SqliteEventReader::AddInputs(MaterializationRow& row) {
  if (row.num_inputs == 0) return {};
  return ForEach(
      SqliteQuery::kInputs,
      [&](const SqliteRow& input) -> Status {
        ENTREPOT_ASSIGN_OR_RETURN(InputRecord record, ToInputRecord(input));
        row.record.inputs.push_back(std::move(record));
        return {};
      },
      row.record.id);
}

template <typename... Args>
Result<std::vector<SqliteEventReader::MaterializationRow>> SqliteEventReader::Rows(
    SqliteQuery query, const Args&... args) {
  std::vector<MaterializationRow> rows;
  ENTREPOT_RETURN_IF_ERROR(ForEach(
      query,
      [&](const SqliteRow& row) -> Status {
        ENTREPOT_ASSIGN_OR_RETURN(MaterializationRow made, ToMaterializationRow(row));
        ENTREPOT_RETURN_IF_ERROR(AddInputs(made));
        rows.push_back(std::move(made));
        return {};
      },
      args...));
  return rows;
}

Result<std::vector<Materialization>> SqliteEventReader::Records(
    Result<std::vector<MaterializationRow>> rows) {
  ENTREPOT_RETURN_IF_ERROR(rows);
  std::vector<Materialization> records;
  records.reserve(rows->size());
  for (MaterializationRow& row : *rows) records.push_back(std::move(row.record));
  return records;
}

Result<std::optional<SqliteEventReader::MaterializationRow>> SqliteEventReader::RowOf(
    EventId id) {
  ENTREPOT_ASSIGN_OR_RETURN(auto rows, Rows(SqliteQuery::kMaterialization, id));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<std::vector<SqliteEventReader::MaterializationRow>> SqliteEventReader::RowsFor(
    const MaterializationQuery& query) {
  const EventId before =
      query.before > 0 ? query.before : std::numeric_limits<EventId>::max();
  const int limit = LimitOf(query.limit);
  std::optional<std::int64_t> run;
  if (query.run_id && !query.run_id->empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(run, QueryInt(SqliteQuery::kRunRow, *query.run_id));
    if (!run) return std::vector<MaterializationRow>();
  }
  const auto history = [&](SqliteQuery newest_first, const auto&... args) {
    return Rows(Ordered(newest_first, query), args..., query.after, before, limit);
  };
  using enum SqliteQuery;
  if (!query.key) {
    return query.run_id ? history(kMaterializationsOfRun, run)
                        : history(kMaterializations);
  }
  ENTREPOT_ASSIGN_OR_RETURN(const auto asset,
                            QueryInt(kAssetRow, query.key->ToUserString()));
  if (!asset) return std::vector<MaterializationRow>();
  const auto& partition = query.partition;
  if (partition) {
    return query.run_id
               ? history(kMaterializationsOfPartitionInRun, *asset, partition, run)
               : history(kMaterializationsOfPartition, *asset, partition);
  }
  if (!query.run_id) return history(kMaterializationsOfAsset, *asset);
  return run ? history(kMaterializationsOfAssetInRun, *asset, *run)
             : history(kMaterializationsOfAssetInNoRun, *asset);
}

Result<std::vector<Materialization>> SqliteEventReader::Materializations(
    const MaterializationQuery& query) {
  return Records(RowsFor(query));
}

Result<std::optional<Materialization>> SqliteEventReader::Latest(
    const AssetKey& key, const std::optional<std::string>& partition) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto asset,
                            QueryInt(SqliteQuery::kAssetRow, key.ToUserString()));
  if (!asset) return std::nullopt;
  ENTREPOT_ASSIGN_OR_RETURN(const auto id,
                            QueryInt(SqliteQuery::kLatest, *asset, partition.has_value(),
                                     partition.value_or("")));
  if (!id) return std::nullopt;
  ENTREPOT_ASSIGN_OR_RETURN(auto row, RowOf(*id));
  if (!row) return Corrupt("latest names materialization {}, which is not there", *id);
  return std::move(row->record);
}

Result<std::vector<Materialization>> SqliteEventReader::Lineage(
    EventId id, LineageDirection direction) {
  std::vector<EventId> ids;  // Each once, in their first order.
  const bool upstream = direction == LineageDirection::kUpstream;
  ENTREPOT_RETURN_IF_ERROR(ForEach(
      upstream ? SqliteQuery::kUpstream : SqliteQuery::kDownstream,
      [&](const SqliteRow& row) -> Status {
        // Those downstream are sorted, so that only the last can be the same.
        const auto from = upstream || ids.empty() ? ids.begin() : ids.end() - 1;
        if (std::find(from, ids.end(), row.Int(0)) == ids.end())
          ids.push_back(row.Int(0));
        return {};
      },
      id));
  std::vector<Materialization> found;
  for (const EventId other : ids) {
    ENTREPOT_ASSIGN_OR_RETURN(auto row, RowOf(other));
    if (row) found.push_back(std::move(row->record));
  }
  return found;
}

Result<std::vector<AssetRecord>> SqliteEventReader::Assets() {
  std::vector<AssetRecord> found;
  ENTREPOT_RETURN_IF_ERROR(
      ForEach(SqliteQuery::kAssets, [&](const SqliteRow& row) -> Status {
        ENTREPOT_ASSIGN_OR_RETURN(AssetKey key, AssetKey::Parse(row.Text(0)));
        std::optional<std::string> partition;
        if (row.Int(1) != 0) partition = row.String(2);
        found.push_back({.key = std::move(key),
                         .partition = std::move(partition),
                         .latest = row.Int(3)});
        return {};
      }));
  std::ranges::sort(found, {}, [](const AssetRecord& record) {
    return std::tie(record.key, record.partition);
  });
  return found;
}

}  // namespace entrepot
