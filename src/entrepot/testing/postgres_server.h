#pragma once

/// \file entrepot/testing/postgres_server.h
/// A PostgreSQL server that lives as long as a test.

#include <memory>
#include <string>

#include "entrepot/result.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {

/// A new cluster in a temporary folder, reachable through a Unix socket in it and by
/// nothing else, run as user "nobody" where the test is root; in the time zone UTC, and
/// nothing of it is synced to the disk. It ends with this object, or with the process.
/// Takes one or two seconds to start. One thread at a time.
class PostgresServer {
 public:
  /// Errors: kNotFound  PostgreSQL is not installed (Debian: postgresql)
  ///         kInternal  it does not start; the message says what it printed
  static Result<std::unique_ptr<PostgresServer>> Start();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Names the database "postgres" as its superuser "tester", who needs no password.
  std::string uri() const;
  const std::string& socket_folder() const { return folder_.path(); }

  /// Runs SQL by psql.
  Status Execute(const std::string& sql) const;

 private:
  explicit PostgresServer(std::string programs) : programs_(std::move(programs)) {}

  Status Initialise();
  Status Run();

  std::string programs_;  // Folder of initdb, postgres and psql.
  TemporaryFolder folder_;
  int process_ = -1;
};

}  // namespace entrepot::testing
