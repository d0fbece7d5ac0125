#include "entrepot/events/sqlite_queries_internal.h"

namespace entrepot {
namespace {

#define ENTREPOT_RUN_COLUMNS \
  "run_id, status, started, finished, num_steps, host, pid, process_start, error"

// CROSS JOIN keeps the order of the tables: first the materializations, by their index.
#define ENTREPOT_MATERIALIZATIONS                                               \
  "SELECT m.id, e.time, r.run_id, e.step_key, a.key, m.partition, m.receipts, " \
  "m.metadata, m.code_version, o.key, o.kind, o.config, m.compute_seconds, "    \
  "m.store_seconds, m.store_bytes, m.store_rows, m.attempt, m.num_inputs "      \
  "FROM materializations m CROSS JOIN events e ON e.id = m.id "                 \
  "CROSS JOIN assets a ON a.id = m.asset CROSS JOIN io_managers o ON o.id = "   \
  "m.io_manager "                                                               \
  "LEFT JOIN runs r ON r.id = m.run "
// Newest first, then oldest first.
#define ENTREPOT_HISTORY(where)                                \
  ENTREPOT_MATERIALIZATIONS where                              \
      " AND m.id > ? AND m.id < ? ORDER BY m.id DESC LIMIT ?", \
      ENTREPOT_MATERIALIZATIONS where " AND m.id > ? AND m.id < ? ORDER BY m.id LIMIT ?"

// In the order of SqliteQuery. An index ends with the row id, so that each of these walks
// one range of it in the order asked for. "IS" finds NULL, too; a "+" keeps a term from
// choosing the index: a run has few materializations of one asset, or is all of one
// asset.
constexpr std::string_view kQueries[] = {
    "SELECT " ENTREPOT_RUN_COLUMNS " FROM runs ORDER BY id DESC LIMIT ?",
    "SELECT " ENTREPOT_RUN_COLUMNS
    " FROM runs WHERE status = 'started' ORDER BY id DESC LIMIT ?",
    "SELECT " ENTREPOT_RUN_COLUMNS " FROM runs WHERE run_id = ? LIMIT ?",
    "SELECT id FROM runs WHERE run_id = ?",
    "SELECT step_key, status, attempts, started, finished, error, first_event FROM steps "
    "WHERE run = ?",
    "SELECT id, time, step_key, type, data FROM events "
    "WHERE run IS ? AND id > ? ORDER BY id LIMIT ?",
    "SELECT id, time, step_key, type, data FROM events "
    "WHERE run IS ? AND step_key = ? AND id > ? ORDER BY id LIMIT ?",
    ENTREPOT_MATERIALIZATIONS "WHERE m.id = ?",
    ENTREPOT_HISTORY("WHERE true"),
    ENTREPOT_HISTORY("WHERE m.run IS ?"),
    ENTREPOT_HISTORY("WHERE m.asset = ?"),
    ENTREPOT_HISTORY("WHERE +m.asset = ? AND m.run = ?"),
    ENTREPOT_HISTORY("WHERE m.asset = ? AND +m.run IS NULL"),
    ENTREPOT_HISTORY("WHERE m.asset = ? AND m.partition IS ?"),
    ENTREPOT_HISTORY("WHERE m.asset = ? AND m.partition IS ? AND +m.run IS ?"),
    "SELECT i.name, a.key, i.partition, i.source, i.handed_over, i.seconds, i.bytes, "
    "i.rows "
    "FROM inputs i CROSS JOIN assets a ON a.id = i.asset "
    "WHERE i.materialization = ? ORDER BY i.position",
    "SELECT id FROM assets WHERE key = ?",
    "SELECT id FROM latest WHERE asset = ? AND partitioned = ? AND partition = ?",
    "SELECT source FROM inputs WHERE materialization = ? AND source IS NOT NULL "
    "ORDER BY position",
    "SELECT materialization FROM inputs WHERE source = ? ORDER BY materialization",
    "SELECT a.key, l.partitioned, l.partition, l.id FROM latest l "
    "CROSS JOIN assets a ON a.id = l.asset",
};
static_assert(std::size(kQueries) == static_cast<size_t>(SqliteQuery::kAssets) + 1);

#undef ENTREPOT_RUN_COLUMNS
#undef ENTREPOT_MATERIALIZATIONS
#undef ENTREPOT_HISTORY

}  // namespace

std::span<const std::string_view> SqliteQueries() { return kQueries; }

}  // namespace entrepot
