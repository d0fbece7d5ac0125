#pragma once

/// \file entrepot/events/sqlite_session_internal.h
/// What a SQLite log is made of in one process: connections, queue and thread.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "entrepot/events/sqlite_event_reader_internal.h"
#include "entrepot/events/sqlite_event_writer_internal.h"

namespace entrepot {

/// The queue of a log and the thread that writes it, and connections for reading. Belongs
/// to the process that opened it: in a forked child nothing of it may be touched but its
/// generation. Safe for concurrent use.
class SqliteSession {
 public:
  /// Errors: those of OpenSqliteEventLog
  static Result<std::unique_ptr<SqliteSession>> Open(
      const std::string& path, const SqliteEventLogOptions& options);

  /// Flushes.
  ~SqliteSession();

  /// The ForkGeneration() it was opened in.
  std::uint64_t generation() const { return generation_; }

  /// As EventLog::Append; waits while too much is queued.
  Status Append(std::vector<Event> events);

  /// As EventLog::Flush.
  Status Flush();

  /// Flushes, then returns `ask(reader)` with a reader that nobody else uses meanwhile.
  template <typename Ask>
  auto Read(Ask&& ask) -> decltype(ask(std::declval<SqliteEventReader&>())) {
    ENTREPOT_RETURN_IF_ERROR(Flush());
    ENTREPOT_ASSIGN_OR_RETURN(auto reader, TakeReader());
    auto answer = ask(*reader);
    if (answer) GiveBack(std::move(reader));
    return answer;
  }

 private:
  SqliteSession(std::string path, const SqliteEventLogOptions& options,
                std::unique_ptr<SqliteEventWriter> writer);

  Status CheckRuns(const std::vector<Event>& events);
  std::vector<std::string> RunsToLookUp(const std::vector<Event>& events);
  void RememberRuns(const std::vector<Event>& events);
  void WriteGroups();
  Result<std::unique_ptr<SqliteEventReader>> TakeReader();
  void GiveBack(std::unique_ptr<SqliteEventReader> reader);

  const std::string path_;
  const SqliteEventLogOptions options_;
  const std::uint64_t generation_;
  const std::unique_ptr<SqliteEventWriter> writer_;  // The thread's.

  std::mutex mutex_;
  std::condition_variable work_;   // For the thread: there are events, or it is to end.
  std::condition_variable space_;  // For Append: the queue has become shorter.
  std::condition_variable done_;   // For Flush: a group has ended.
  std::vector<Event> queue_;
  std::uint64_t num_appended_ = 0;
  std::uint64_t num_written_ = 0;
  std::optional<Error> error_;  // The first; nothing is written after it.
  bool idle_ = true;            // The thread waits for work_.
  bool ending_ = false;
  std::unordered_set<std::string> known_runs_;
  std::thread thread_;  // Started by the first Append.

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<SqliteEventReader>> idle_readers_;
};

}  // namespace entrepot
