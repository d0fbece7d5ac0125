#include "entrepot/events/sqlite_event_writer_internal.h"

#include "entrepot/events/event_payload_internal.h"
#include "entrepot/events/event_rules_internal.h"

namespace entrepot {
namespace {

// A cache that has grown larger is emptied: a service may see any number of runs.
constexpr size_t kMaxCached = 50'000;
constexpr size_t kMaxManagers = 64;

constexpr std::string_view kInsertEvent =
    "INSERT INTO events (time, run, step_key, type, data) VALUES (?, ?, ?, ?, ?)";
constexpr std::string_view kStartRun =
    "INSERT INTO runs (run_id, status, started, finished, num_steps, host, pid, "
    "process_start, error) VALUES (?, 'started', ?, 0, ?, ?, ?, ?, '') "
    "ON CONFLICT (run_id) DO UPDATE SET status = excluded.status, finished = 0, "
    "num_steps = excluded.num_steps, host = excluded.host, pid = excluded.pid, "
    "process_start = excluded.process_start, error = ''";
constexpr std::string_view kFinishRun =
    "UPDATE runs SET status = ?, finished = ?, error = ? WHERE id = ?";
constexpr std::string_view kFindUnfinishedRunOf =
    "SELECT id FROM runs WHERE run_id = ? AND status = 'started' AND host = ? "
    "AND pid = ? AND process_start = ?";
constexpr std::string_view kFindRun = "SELECT id FROM runs WHERE run_id = ?";
constexpr std::string_view kChangeStep =
    "INSERT INTO steps (run, step_key, status, attempts, started, finished, error, "
    "first_event) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (run, step_key) DO UPDATE SET status = excluded.status, "
    "attempts = max(attempts, excluded.attempts), "
    "started = CASE started WHEN 0 THEN excluded.started ELSE started END, "
    "finished = excluded.finished, error = excluded.error";
constexpr std::string_view kFindAsset = "SELECT id FROM assets WHERE key = ?";
constexpr std::string_view kInsertAsset = "INSERT INTO assets (key) VALUES (?)";
constexpr std::string_view kFindManager =
    "SELECT id FROM io_managers WHERE key = ? AND kind = ? AND config = ?";
constexpr std::string_view kInsertManager =
    "INSERT INTO io_managers (key, kind, config) VALUES (?, ?, ?)";
constexpr std::string_view kInsertMaterialization =
    "INSERT INTO materializations (id, asset, partition, run, attempt, receipts, "
    "metadata, "
    "code_version, io_manager, compute_seconds, store_seconds, store_bytes, store_rows, "
    "num_inputs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kSetLatest =
    "INSERT INTO latest (asset, partitioned, partition, id) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (asset, partitioned, partition) DO UPDATE SET id = excluded.id";
constexpr std::string_view kInsertInput =
    "INSERT INTO inputs (materialization, position, name, asset, partition, source, "
    "handed_over, seconds, bytes, rows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

}  // namespace

struct SqliteEventWriter::Statements {
  SqliteStatement insert_event;
  SqliteStatement start_run;
  SqliteStatement finish_run;
  SqliteStatement find_unfinished_run_of;
  SqliteStatement find_run;
  SqliteStatement change_step;
  SqliteStatement find_asset;
  SqliteStatement insert_asset;
  SqliteStatement find_manager;
  SqliteStatement insert_manager;
  SqliteStatement insert_materialization;
  SqliteStatement set_latest;
  SqliteStatement insert_input;
};

SqliteEventWriter::SqliteEventWriter(SqliteDatabase database)
    : database_(std::move(database)) {}

SqliteEventWriter::~SqliteEventWriter() = default;

Result<std::unique_ptr<SqliteEventWriter>> SqliteEventWriter::Make(
    SqliteDatabase database) {
  std::unique_ptr<SqliteEventWriter> writer(new SqliteEventWriter(std::move(database)));
  SqliteDatabase& db = writer->database_;
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement insert_event, db.Prepare(kInsertEvent));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement start_run, db.Prepare(kStartRun));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement finish_run, db.Prepare(kFinishRun));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement find_unfinished_run_of,
                            db.Prepare(kFindUnfinishedRunOf));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement find_run, db.Prepare(kFindRun));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement change_step, db.Prepare(kChangeStep));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement find_asset, db.Prepare(kFindAsset));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement insert_asset, db.Prepare(kInsertAsset));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement find_manager, db.Prepare(kFindManager));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement insert_manager, db.Prepare(kInsertManager));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement insert_materialization,
                            db.Prepare(kInsertMaterialization));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement set_latest, db.Prepare(kSetLatest));
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement insert_input, db.Prepare(kInsertInput));
  writer->statements_.reset(new Statements{
      .insert_event = std::move(insert_event),
      .start_run = std::move(start_run),
      .finish_run = std::move(finish_run),
      .find_unfinished_run_of = std::move(find_unfinished_run_of),
      .find_run = std::move(find_run),
      .change_step = std::move(change_step),
      .find_asset = std::move(find_asset),
      .insert_asset = std::move(insert_asset),
      .find_manager = std::move(find_manager),
      .insert_manager = std::move(insert_manager),
      .insert_materialization = std::move(insert_materialization),
      .set_latest = std::move(set_latest),
      .insert_input = std::move(insert_input),
  });
  return writer;
}

Status SqliteEventWriter::Write(std::span<const Event> events) {
  const Status written = WriteRows(events);
  if (written) {
    for (const auto& [ref, id] : new_ids_) ref->store(id);
  } else {
    Forget();
  }
  new_ids_.clear();
  id_of_ref_.clear();
  return written;
}

Status SqliteEventWriter::WriteRows(std::span<const Event> events) {
  if (runs_.size() > kMaxCached || assets_.size() > kMaxCached) Forget();
  ENTREPOT_ASSIGN_OR_RETURN(SqliteTransaction transaction,
                            SqliteTransaction::Begin(database_));
  for (const Event& event : events) ENTREPOT_RETURN_IF_ERROR(WriteEvent(event));
  return transaction.Commit();
}

Status SqliteEventWriter::WriteEvent(const Event& event) {
  if (event.on_behalf_of) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto run,
                              statements_->find_unfinished_run_of.QueryInt(
                                  event.run_id, event.on_behalf_of->host,
                                  event.on_behalf_of->pid, event.on_behalf_of->start));
    if (!run) return {};
  }
  ENTREPOT_ASSIGN_OR_RETURN(const std::optional<std::int64_t> run, RunOf(event));
  ENTREPOT_RETURN_IF_ERROR(statements_->insert_event.Run(event.time, run, event.step_key,
                                                         EventTypeName(event.data),
                                                         EventDataToJson(event.data)));
  const EventId id = database_.last_insert_id();
  if (run) ENTREPOT_RETURN_IF_ERROR(WriteStep(*run, id, event));
  if (const auto* data = std::get_if<Materialized>(&event.data)) {
    return WriteMaterialized(run, id, *data);
  }
  return {};
}

Result<std::optional<std::int64_t>> SqliteEventWriter::RunOf(const Event& event) {
  if (event.run_id.empty()) return std::nullopt;
  if (const auto* started = std::get_if<RunStarted>(&event.data)) {
    ENTREPOT_RETURN_IF_ERROR(
        statements_->start_run.Run(event.run_id, event.time, started->num_steps,
                                   started->host, started->pid, started->process_start));
  }
  auto known = runs_.find(event.run_id);
  if (known == runs_.end()) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto id,
                              statements_->find_run.QueryInt(event.run_id));
    if (!id) return UnknownRun(event.run_id);
    known = runs_.emplace(event.run_id, *id).first;
  }
  if (const auto* finished = std::get_if<RunFinished>(&event.data)) {
    ENTREPOT_RETURN_IF_ERROR(statements_->finish_run.Run(
        ToString(finished->status), event.time, finished->error, known->second));
  }
  return known->second;
}

Status SqliteEventWriter::WriteStep(std::int64_t run, EventId id, const Event& event) {
  const std::optional<StepChange> change = StepChangeOf(event);
  if (!change) return {};
  return statements_->change_step.Run(run, event.step_key, ToString(change->status),
                                      change->attempt, change->started, change->finished,
                                      change->error, id);
}

Status SqliteEventWriter::WriteMaterialized(std::optional<std::int64_t> run, EventId id,
                                            const Materialized& data) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t asset, IdOfAsset(data.key));
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t manager, IdOfManager(data.io_manager));
  ENTREPOT_RETURN_IF_ERROR(statements_->insert_materialization.Run(
      id, asset, data.partition, run, data.attempt, ReceiptsToJson(data.receipts),
      MetadataToJson(data.metadata), data.code_version, manager, data.compute_seconds,
      data.store.seconds, data.store.size_bytes, data.store.rows, data.inputs.size()));
  ENTREPOT_RETURN_IF_ERROR(statements_->set_latest.Run(asset, data.partition.has_value(),
                                                       data.partition.value_or(""), id));
  int position = 0;
  for (const InputRead& input : data.inputs) {
    ENTREPOT_RETURN_IF_ERROR(WriteInput(id, position++, input));
  }
  if (data.id) {
    new_ids_.emplace_back(data.id, id);
    id_of_ref_[data.id.get()] = id;
  }
  return {};
}

Status SqliteEventWriter::WriteInput(EventId id, int position, const InputRead& input) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t asset, IdOfAsset(input.key));
  const EventId source = IdOf(input.source);
  return statements_->insert_input.Run(
      id, position, input.name, asset, input.partition,
      source == 0 ? std::nullopt : std::optional<std::int64_t>(source), input.handed_over,
      input.load.seconds, input.load.size_bytes, input.load.rows);
}

EventId SqliteEventWriter::IdOf(const EventIdRef& source) const {
  if (!source) return 0;
  const EventId id = source->load();
  if (id != 0) return id;
  const auto pending = id_of_ref_.find(source.get());
  return pending == id_of_ref_.end() ? 0 : pending->second;
}

Result<std::int64_t> SqliteEventWriter::IdOfAsset(const AssetKey& key) {
  const auto known = assets_.find(key);
  if (known != assets_.end()) return known->second;
  const std::string text = key.ToUserString();
  ENTREPOT_ASSIGN_OR_RETURN(std::optional<std::int64_t> id,
                            statements_->find_asset.QueryInt(text));
  if (!id) {
    ENTREPOT_RETURN_IF_ERROR(statements_->insert_asset.Run(text));
    id = database_.last_insert_id();
  }
  assets_.emplace(key, *id);
  return *id;
}

Result<std::int64_t> SqliteEventWriter::IdOfManager(const IOManagerRecord& manager) {
  for (const auto& [known, id] : managers_) {
    if (known == manager) return id;
  }
  ENTREPOT_ASSIGN_OR_RETURN(
      std::optional<std::int64_t> id,
      statements_->find_manager.QueryInt(manager.key, manager.kind, manager.config));
  if (!id) {
    ENTREPOT_RETURN_IF_ERROR(
        statements_->insert_manager.Run(manager.key, manager.kind, manager.config));
    id = database_.last_insert_id();
  }
  if (managers_.size() >= kMaxManagers) managers_.clear();
  managers_.emplace_back(manager, *id);
  return *id;
}

void SqliteEventWriter::Forget() {
  runs_.clear();
  assets_.clear();
  managers_.clear();
}

}  // namespace entrepot
