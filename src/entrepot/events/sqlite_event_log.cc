#include <atomic>
#include <filesystem>

#include "entrepot/events/event_rules_internal.h"
#include "entrepot/events/sqlite_session_internal.h"

namespace entrepot {
namespace {

/// Uses the session of its process. In a forked child the first use opens a new one and
/// leaks the inherited one: its locks may be held by threads that are not there, and
/// closing its connections would harm the parent. So no lock of this class guards the
/// session, only an atomic. Safe for concurrent use.
class SqliteEventLog final : public EventLog {
 public:
  SqliteEventLog(std::string path, const SqliteEventLogOptions& options,
                 std::unique_ptr<SqliteSession> session)
      : path_(std::move(path)), options_(options), session_(session.release()) {}

  ~SqliteEventLog() override {
    SqliteSession* const session = session_.load();
    if (session->generation() == ForkGeneration()) delete session;
  }

  Status Append(std::vector<Event> events) override {
    ENTREPOT_ASSIGN_OR_RETURN(SqliteSession* const session, Session());
    return session->Append(std::move(events));
  }

  Status Flush() override {
    // A child has appended nothing yet; what its parent has is the parent's.
    SqliteSession* const session = session_.load();
    if (session->generation() != ForkGeneration()) return {};
    return session->Flush();
  }

  Result<std::vector<RunRecord>> Runs(const RunQuery& query) override {
    return Ask([&](SqliteEventReader& reader) { return reader.Runs(query); });
  }

  Result<std::vector<StepRecord>> Steps(const std::string& run_id) override {
    return Ask([&](SqliteEventReader& reader) { return reader.Steps(run_id); });
  }

  Result<std::vector<EventRecord>> Events(const EventQuery& query) override {
    return Ask([&](SqliteEventReader& reader) { return reader.Events(query); });
  }

  Result<std::vector<Materialization>> Materializations(
      const MaterializationQuery& query) override {
    ENTREPOT_RETURN_IF_ERROR(CheckQuery(query));
    return Ask([&](SqliteEventReader& reader) { return reader.Materializations(query); });
  }

  Result<std::optional<Materialization>> Latest(
      const AssetKey& key, const std::optional<std::string>& partition) override {
    return Ask([&](SqliteEventReader& reader) { return reader.Latest(key, partition); });
  }

  Result<std::vector<Materialization>> Lineage(EventId id,
                                               LineageDirection direction) override {
    return Ask([&](SqliteEventReader& reader) { return reader.Lineage(id, direction); });
  }

  Result<std::vector<AssetRecord>> Assets() override {
    return Ask([](SqliteEventReader& reader) { return reader.Assets(); });
  }

 private:
  Result<SqliteSession*> Session() {
    SqliteSession* session = session_.load();
    if (session->generation() == ForkGeneration()) return session;
    ENTREPOT_ASSIGN_OR_RETURN(auto fresh, SqliteSession::Open(path_, options_));
    if (session_.compare_exchange_strong(session, fresh.get())) return fresh.release();
    return session;  // Another thread was faster; `session` is now its session.
  }

  template <typename Question>
  auto Ask(Question&& question)
      -> decltype(question(std::declval<SqliteEventReader&>())) {
    ENTREPOT_ASSIGN_OR_RETURN(SqliteSession* const session, Session());
    return session->Read(std::forward<Question>(question));
  }

  const std::string path_;
  const SqliteEventLogOptions options_;
  std::atomic<SqliteSession*> session_;
};

}  // namespace

Result<std::unique_ptr<EventLog>> OpenSqliteEventLog(
    const std::string& path, const SqliteEventLogOptions& options) {
  if (path.empty()) return Invalid("an event log needs a path");
  // A child that was forked later may be in another folder.
  const std::string absolute = std::filesystem::absolute(path).string();
  ENTREPOT_ASSIGN_OR_RETURN(auto session, SqliteSession::Open(absolute, options));
  return std::make_unique<SqliteEventLog>(absolute, options, std::move(session));
}

}  // namespace entrepot
