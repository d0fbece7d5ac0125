#pragma once

/// \file entrepot/events/sqlite_event_writer_internal.h
/// How events become rows.

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "entrepot/events/event_log.h"
#include "entrepot/sql/sqlite_database.h"

namespace entrepot {

/// Writes groups of events. One thread at a time.
class SqliteEventWriter {
 public:
  /// Takes a connection of OpenSqliteLogForWriting.
  static Result<std::unique_ptr<SqliteEventWriter>> Make(SqliteDatabase database);

  ~SqliteEventWriter();

  /// Writes `events` in one transaction and then sets their ids. On an error nothing is
  /// written and no id is set.
  Status Write(std::span<const Event> events);

 private:
  struct Statements;
  explicit SqliteEventWriter(SqliteDatabase database);

  Status WriteRows(std::span<const Event> events);
  Status WriteEvent(const Event& event);
  Status WriteStep(std::int64_t run, EventId id, const Event& event);
  Status WriteMaterialized(std::optional<std::int64_t> run, EventId id,
                           const Materialized& data);
  Status WriteInput(EventId id, int position, const InputRead& input);
  Result<std::optional<std::int64_t>> RunOf(const Event& event);
  Result<std::int64_t> IdOfAsset(const AssetKey& key);
  Result<std::int64_t> IdOfManager(const IOManagerRecord& manager);
  EventId IdOf(const EventIdRef& source) const;
  void Forget();

  SqliteDatabase database_;
  std::unique_ptr<Statements> statements_;

  // Row ids known so far. Rows are never deleted, so only a rollback makes them wrong.
  std::unordered_map<std::string, std::int64_t> runs_;
  std::unordered_map<AssetKey, std::int64_t> assets_;
  std::vector<std::pair<IOManagerRecord, std::int64_t>> managers_;

  // Of this group: they are seen by the events after them, but by nobody else before they
  // are durable.
  std::vector<std::pair<EventIdRef, EventId>> new_ids_;
  std::unordered_map<const void*, EventId> id_of_ref_;
};

}  // namespace entrepot
