#include "entrepot/sql/sqlite_statement.h"

#include <sqlite3.h>

namespace entrepot {

SqliteRow::Type SqliteRow::type(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
      return Type::kInt;
    case SQLITE_FLOAT:
      return Type::kFloat;
    case SQLITE_TEXT:
      return Type::kText;
    case SQLITE_BLOB:
      return Type::kBlob;
    default:
      return Type::kNull;
  }
}

bool SqliteRow::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t SqliteRow::Int(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double SqliteRow::Float(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string_view SqliteRow::Text(int column) const {
  // As a blob, because as text SQLite may copy it just to append a NUL.
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(data), static_cast<size_t>(size)};
}

std::int64_t SqliteRow::size_bytes(int column) const {
  const Type found = type(column);
  const bool has_bytes = found == Type::kText || found == Type::kBlob;
  return has_bytes ? sqlite3_column_bytes(statement_, column) : 0;
}

std::optional<std::int64_t> SqliteRow::OptionalInt(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Int(column);
}

std::optional<std::string> SqliteRow::OptionalString(int column) const {
  if (IsNull(column)) return std::nullopt;
  return String(column);
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), facts_(other.facts_) {}

SqliteStatement::~SqliteStatement() {
  if (statement_ == nullptr) return;
  const SqliteCall call;
  sqlite3_finalize(statement_);
}

void SqliteStatement::BindNull(int index) {
  if (code_ == 0) code_ = sqlite3_bind_null(statement_, index);
}

void SqliteStatement::BindInt(int index, std::int64_t value) {
  if (code_ == 0) code_ = sqlite3_bind_int64(statement_, index, value);
}

void SqliteStatement::BindFloat(int index, double value) {
  if (code_ == 0) code_ = sqlite3_bind_double(statement_, index, value);
}

void SqliteStatement::BindText(int index, std::string_view value) {
  // A null pointer would mean NULL. The text outlives the call, so it needs no copy.
  const char* data = value.data() == nullptr ? "" : value.data();
  if (code_ == 0) {
    code_ = sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_STATIC,
                                SQLITE_UTF8);
  }
}

Status SqliteStatement::BindTexts(std::span<const std::string> texts) {
  const SqliteCall call;
  int code = SQLITE_OK;
  for (size_t i = 0; i < texts.size() && code == SQLITE_OK; ++i) {
    code = sqlite3_bind_text64(statement_, static_cast<int>(i) + 1, texts[i].data(),
                               texts[i].size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  return StatusOf(code);
}

Result<bool> SqliteStatement::Next() {
  const SqliteCall call;
  const int code = StepLocked();
  if (IsRow(code)) return true;
  ENTREPOT_RETURN_IF_ERROR(StatusOf(code));
  return false;
}

bool SqliteStatement::IsRow(int code) { return code == SQLITE_ROW; }

int SqliteStatement::StepLocked() { return sqlite3_step(statement_); }

void SqliteStatement::ResetLocked() { sqlite3_reset(statement_); }

Status SqliteStatement::StatusOf(int code) const {
  if (code == SQLITE_DONE || code == SQLITE_OK) return {};
  return SqliteError(sqlite3_db_handle(statement_), code, *facts_);
}

}  // namespace entrepot
