#include "entrepot/events/sqlite_session_internal.h"

#include <algorithm>
#include <iterator>

#include "entrepot/events/event_rules_internal.h"
#include "entrepot/events/sqlite_schema_internal.h"

namespace entrepot {
namespace {

/// More queued events than this make Append wait.
constexpr size_t kMaxQueued = 10'000;

/// Keeps one transaction below about 100 ms, since other processes wait for it.
constexpr size_t kMaxGroup = 5'000;

constexpr size_t kMaxIdleReaders = 4;
constexpr size_t kMaxKnownRuns = 50'000;

}  // namespace

SqliteSession::SqliteSession(std::string path, const SqliteEventLogOptions& options,
                             std::unique_ptr<SqliteEventWriter> writer)
    : path_(std::move(path)),
      options_(options),
      generation_(ForkGeneration()),
      writer_(std::move(writer)) {}

Result<std::unique_ptr<SqliteSession>> SqliteSession::Open(
    const std::string& path, const SqliteEventLogOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(SqliteDatabase database,
                            OpenSqliteLogForWriting(path, options));
  ENTREPOT_ASSIGN_OR_RETURN(auto writer, SqliteEventWriter::Make(std::move(database)));
  return std::unique_ptr<SqliteSession>(
      new SqliteSession(path, options, std::move(writer)));
}

SqliteSession::~SqliteSession() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status SqliteSession::Append(std::vector<Event> events) {
  if (events.empty()) return {};
  ENTREPOT_RETURN_IF_ERROR(CheckRuns(events));
  std::unique_lock lock(mutex_);
  space_.wait(lock, [&] { return error_ || queue_.size() < kMaxQueued; });
  if (error_) return *error_;
  num_appended_ += events.size();
  RememberRuns(events);
  if (queue_.empty()) {
    queue_.swap(events);
  } else {
    queue_.insert(queue_.end(), std::make_move_iterator(events.begin()),
                  std::make_move_iterator(events.end()));
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { WriteGroups(); });
  const bool wake = std::exchange(idle_, false);
  lock.unlock();
  if (wake) work_.notify_one();
  return {};
}

Status SqliteSession::Flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = num_appended_;
  done_.wait(lock, [&] { return error_ || num_written_ >= target; });
  if (error_) return *error_;
  return {};
}

// Runs that this object has not seen may have been started by another process.
Status SqliteSession::CheckRuns(const std::vector<Event>& events) {
  for (const Event& event : events) ENTREPOT_RETURN_IF_ERROR(CheckEvent(event));
  for (const std::string& run_id : RunsToLookUp(events)) {
    ENTREPOT_ASSIGN_OR_RETURN(const bool started, Read([&](SqliteEventReader& reader) {
                                return reader.HasRun(run_id);
                              }));
    if (!started) return UnknownRun(run_id);
    const std::lock_guard lock(mutex_);
    known_runs_.insert(run_id);
  }
  return {};
}

std::vector<std::string> SqliteSession::RunsToLookUp(const std::vector<Event>& events) {
  std::vector<std::string> unknown;
  std::vector<std::string_view> starting;
  const std::lock_guard lock(mutex_);
  for (const Event& event : events) {
    if (event.run_id.empty() || known_runs_.contains(event.run_id)) continue;
    if (std::ranges::find(starting, event.run_id) != starting.end()) continue;
    if (std::holds_alternative<RunStarted>(event.data)) {
      starting.push_back(event.run_id);
    } else if (std::ranges::find(unknown, event.run_id) == unknown.end()) {
      unknown.push_back(event.run_id);
    }
  }
  return unknown;
}

// Called as they are queued, so that nobody else's event of a run gets before its start.
void SqliteSession::RememberRuns(const std::vector<Event>& events) {
  if (known_runs_.size() > kMaxKnownRuns) known_runs_.clear();  // They can be looked up.
  for (const Event& event : events) {
    if (std::holds_alternative<RunStarted>(event.data)) known_runs_.insert(event.run_id);
  }
}

void SqliteSession::WriteGroups() {
  std::vector<Event> taken;  // From the queue in one piece, written in groups.
  std::unique_lock lock(mutex_);
  while (true) {
    idle_ = queue_.empty();
    work_.wait(lock, [&] { return !queue_.empty() || ending_; });
    idle_ = false;
    if (queue_.empty()) return;
    taken.swap(queue_);
    space_.notify_all();
    for (size_t begin = 0; begin < taken.size() && !error_; begin += kMaxGroup) {
      lock.unlock();
      const size_t size = std::min(kMaxGroup, taken.size() - begin);
      const Status written = writer_->Write(std::span(taken).subspan(begin, size));
      lock.lock();
      if (written) {
        num_written_ += size;
      } else {
        error_ = written.error();
        space_.notify_all();
      }
      done_.notify_all();
    }
    lock.unlock();
    taken.clear();
    lock.lock();
    if (error_) return;
  }
}

Result<std::unique_ptr<SqliteEventReader>> SqliteSession::TakeReader() {
  {
    const std::lock_guard lock(readers_mutex_);
    if (!idle_readers_.empty()) {
      auto reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
  }
  ENTREPOT_ASSIGN_OR_RETURN(SqliteDatabase database,
                            OpenSqliteLogForReading(path_, options_));
  return std::make_unique<SqliteEventReader>(std::move(database));
}

void SqliteSession::GiveBack(std::unique_ptr<SqliteEventReader> reader) {
  const std::lock_guard lock(readers_mutex_);
  if (idle_readers_.size() < kMaxIdleReaders) idle_readers_.push_back(std::move(reader));
}

}  // namespace entrepot
