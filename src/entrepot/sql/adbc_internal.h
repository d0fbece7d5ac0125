#pragma once

/// \file entrepot/sql/adbc_internal.h
/// Drivers of Arrow Database Connectivity (ADBC 1.1), loaded at run time.
///
/// A driver from a wheel brings its database's client library with it and shows only
/// ADBC's own symbols, so that it gets along with everything else in the process.

#include <map>
#include <memory>
#include <string>

#include <arrow-adbc/adbc.h>
#include <arrow/type_fwd.h>

#include "entrepot/result.h"

namespace entrepot {

/// A loaded driver. Safe for concurrent use.
class AdbcDriverLibrary {
 public:
  /// Loads `library`, a path or a name, and calls its `entry_point`.
  ///
  /// Errors: kUnsupported  it cannot be loaded, or is no driver
  static Result<std::shared_ptr<const AdbcDriverLibrary>> Load(const std::string& library,
                                                               const char* entry_point);

  /// The driver's functions; those that take it want it mutable.
  AdbcDriver& functions() const { return driver_; }

 private:
  mutable AdbcDriver driver_{};
};

/// Turns what a driver reports into an error of ours; frees it.
Error TakeAdbcError(AdbcStatusCode code, AdbcError& error);

/// A connection of its own database. One thread at a time.
class AdbcSession {
 public:
  /// Errors: as the driver says
  static Result<std::unique_ptr<AdbcSession>> Open(
      std::shared_ptr<const AdbcDriverLibrary> driver, const std::string& uri);
  ~AdbcSession();
  AdbcSession(const AdbcSession&) = delete;
  AdbcSession& operator=(const AdbcSession&) = delete;

  /// Runs a statement; its rows are dropped. `parameters`, of one row, may be null.
  Status Execute(const std::string& sql,
                 const std::shared_ptr<arrow::RecordBatch>& parameters = nullptr);

  /// Runs a statement with these options of the driver and returns all of its rows,
  /// which are in memory; never no batch at all.
  Result<arrow::RecordBatchVector> Query(
      const std::string& sql, const std::shared_ptr<arrow::RecordBatch>& parameters,
      const std::map<std::string, std::string>& options);

 private:
  class Statement;
  explicit AdbcSession(std::shared_ptr<const AdbcDriverLibrary> driver)
      : driver_(std::move(driver)) {}

  std::shared_ptr<const AdbcDriverLibrary> driver_;
  AdbcDatabase database_{};
  AdbcConnection connection_{};
};

}  // namespace entrepot
