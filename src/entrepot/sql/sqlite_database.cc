#include "entrepot/sql/sqlite_database.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <thread>

namespace entrepot {
namespace {

using std::chrono::microseconds;

constexpr microseconds kFirstPause{200};
constexpr microseconds kLongestPause{20'000};

// Doubles from pause to pause; jittered, so that processes do not meet again and again.
microseconds PauseBeforeTry(int num_tries) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const microseconds pause =
      std::min(kFirstPause * (1 << std::min(num_tries, 10)), kLongestPause);
  const double factor = std::uniform_real_distribution(0.5, 1.5)(random);
  return microseconds(
      static_cast<std::int64_t>(factor * static_cast<double>(pause.count())));
}

}  // namespace

SqliteDatabase::Connection::~Connection() {
  const SqliteCall call;
  sqlite3_close_v2(handle);
}

// SQLite calls this inside one of our calls, holding no global mutex of its own.
int SqliteDatabase::WaitForLock(void* argument, int num_tries) {
  auto& connection = *static_cast<Connection*>(argument);
  const auto now = std::chrono::steady_clock::now();
  if (num_tries == 0) connection.waiting_since = now;
  if (now - connection.waiting_since >= connection.facts.patience) return 0;
  SqliteCall::Leave();
  std::this_thread::sleep_for(PauseBeforeTry(num_tries));
  SqliteCall::Enter();
  return 1;
}

Result<SqliteDatabase> SqliteDatabase::Open(const std::string& path,
                                            const SqliteOptions& options) {
  InstallForkGuard();
  auto connection = std::make_unique<Connection>();
  connection->facts = {path, options.patience};
  // Debian's SQLite reads "file:…" as a URI; an absolute path is never one.
  const std::string absolute = std::filesystem::absolute(path).string();
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                    (options.create ? SQLITE_OPEN_CREATE : 0);
  int code = 0;
  {
    const SqliteCall call;
    code = sqlite3_open_v2(absolute.c_str(), &connection->handle, flags, nullptr);
    if (code == SQLITE_OK) {
      sqlite3_extended_result_codes(connection->handle, 1);
      sqlite3_busy_handler(connection->handle, WaitForLock, connection.get());
    }
  }
  if (code != SQLITE_OK) return SqliteError(connection->handle, code, connection->facts);
  return SqliteDatabase(std::move(connection));
}

Status SqliteDatabase::Execute(const std::string& sql) {
  const SqliteCall call;
  const int code =
      sqlite3_exec(connection_->handle, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK)
    return SqliteError(connection_->handle, code, connection_->facts);
  return {};
}

Result<SqliteStatement> SqliteDatabase::Prepare(std::string_view sql) {
  const SqliteCall call;
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(connection_->handle, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK)
    return SqliteError(connection_->handle, code, connection_->facts);
  return SqliteStatement(statement, &connection_->facts);
}

Result<std::int64_t> SqliteDatabase::QueryInt(std::string_view sql) {
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  ENTREPOT_ASSIGN_OR_RETURN(const auto found, statement.QueryInt());
  return found.value_or(0);
}

Result<std::string> SqliteDatabase::QueryText(std::string_view sql) {
  ENTREPOT_ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  std::string text;
  ENTREPOT_RETURN_IF_ERROR(statement.ForEach([&](const SqliteRow& row) -> Status {
    if (text.empty()) text = row.String(0);
    return {};
  }));
  return text;
}

std::int64_t SqliteDatabase::last_insert_id() const {
  return sqlite3_last_insert_rowid(connection_->handle);
}

bool SqliteDatabase::read_only() const {
  return sqlite3_db_readonly(connection_->handle, "main") == 1;
}

bool SqliteDatabase::in_transaction() const {
  return sqlite3_get_autocommit(connection_->handle) == 0;
}

bool SqliteDatabase::is_locked_out() const {
  return IsLockedOut(sqlite3_errcode(connection_->handle));
}

Result<SqliteTransaction> SqliteTransaction::Begin(SqliteDatabase& database) {
  ENTREPOT_RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  return SqliteTransaction(database);
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

SqliteTransaction::~SqliteTransaction() {
  // Nothing can be done about a rollback that fails; SQLite repeats it on the next open.
  if (database_ != nullptr && database_->in_transaction())
    (void)database_->Execute("ROLLBACK");
}

Status SqliteTransaction::Commit() {
  ENTREPOT_RETURN_IF_ERROR(database_->Execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace entrepot
