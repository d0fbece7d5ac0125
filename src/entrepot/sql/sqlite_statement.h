#pragma once

/// \file entrepot/sql/sqlite_statement.h
/// A prepared statement of SQLite.

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "entrepot/result.h"
#include "entrepot/sql/fork_guard.h"
#include "entrepot/sql/sqlite_error.h"

struct sqlite3_stmt;

namespace entrepot {

/// The row a statement stands at; columns count from 0. Text is valid until the visit
/// ends. One thread at a time.
class SqliteRow {
 public:
  /// What a value is, whatever its column declares.
  enum class Type { kNull, kInt, kFloat, kText, kBlob };

  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}

  Type type(int column) const;
  bool IsNull(int column) const;
  std::int64_t Int(int column) const;       ///< 0 where it is NULL.
  double Float(int column) const;           ///< 0 where it is NULL.
  std::string_view Text(int column) const;  ///< Also of a blob.
  std::string String(int column) const { return std::string(Text(column)); }
  std::int64_t size_bytes(int column) const;  ///< Of a text or blob; 0 of all else.
  std::optional<std::int64_t> OptionalInt(int column) const;
  std::optional<std::string> OptionalString(int column) const;

 private:
  sqlite3_stmt* statement_;
};

/// A prepared statement, for use again and again. Parameters are integers, floats, bools,
/// text (with any bytes in it) and optionals of these (nullopt is NULL). Must not outlive
/// its database. One thread at a time.
class SqliteStatement {
 public:
  /// Takes over `statement`; `facts` are the database's.
  SqliteStatement(sqlite3_stmt* statement, const SqliteConnectionFacts* facts)
      : statement_(statement), facts_(facts) {}
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement();

  /// Runs it to its end; rows are dropped.
  template <typename... Args>
  Status Run(const Args&... args) {
    const SqliteCall call;
    Start(args...);
    int code = code_;
    while (IsRow(code)) code = StepLocked();
    ResetLocked();
    return StatusOf(code);
  }

  /// Runs it and calls `visit(const SqliteRow&)`, which returns a Status, for each row.
  /// An error of the visitor ends it.
  template <typename Visit, typename... Args>
  Status ForEach(Visit&& visit, const Args&... args) {
    const Resetter resetter(*this);
    int code = 0;
    {
      const SqliteCall call;
      Start(args...);
      code = code_;
    }
    while (IsRow(code)) {
      ENTREPOT_RETURN_IF_ERROR(visit(SqliteRow(statement_)));
      const SqliteCall call;
      code = StepLocked();
    }
    return StatusOf(code);
  }

  /// Binds texts as the first parameters, for Next(). They are copied.
  Status BindTexts(std::span<const std::string> texts);

  /// Runs it step by step: goes to the next row; false at the end. What it read is kept
  /// from changing until then, or until the statement dies.
  Result<bool> Next();

  /// The row that Next() went to.
  SqliteRow row() const { return SqliteRow(statement_); }

  /// Runs it and returns the integer in the first column of its last row, if there is
  /// one.
  template <typename... Args>
  Result<std::optional<std::int64_t>> QueryInt(const Args&... args) {
    std::optional<std::int64_t> found;
    ENTREPOT_RETURN_IF_ERROR(ForEach(
        [&](const SqliteRow& row) -> Status {
          found = row.Int(0);
          return {};
        },
        args...));
    return found;
  }

 private:
  struct Resetter {
    explicit Resetter(SqliteStatement& owner) : statement(owner) {}
    ~Resetter() {
      const SqliteCall call;
      statement.ResetLocked();
    }
    SqliteStatement& statement;
  };

  // Binds the parameters and makes the first step; code_ says what came of it. "Locked"
  // functions are called inside a SqliteCall.
  template <typename... Args>
  void Start(const Args&... args) {
    int index = 0;
    code_ = 0;
    (Bind(++index, args), ...);
    if (code_ == 0) code_ = StepLocked();
  }

  template <typename T>
  void Bind(int index, const T& value) {
    if constexpr (std::is_same_v<T, std::nullopt_t>) {
      BindNull(index);
    } else if constexpr (std::integral<T>) {
      BindInt(index, static_cast<std::int64_t>(value));
    } else if constexpr (std::floating_point<T>) {
      BindFloat(index, value);
    } else {
      BindText(index, value);
    }
  }
  template <typename T>
  void Bind(int index, const std::optional<T>& value) {
    if (value) {
      Bind(index, *value);
    } else {
      BindNull(index);
    }
  }

  void BindNull(int index);
  void BindInt(int index, std::int64_t value);
  void BindFloat(int index, double value);
  void BindText(int index, std::string_view value);

  static bool IsRow(int code);
  int StepLocked();
  void ResetLocked();
  Status StatusOf(int code) const;

  sqlite3_stmt* statement_;
  const SqliteConnectionFacts* facts_;
  int code_ = 0;
};

}  // namespace entrepot
