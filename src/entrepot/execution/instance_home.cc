#include "entrepot/execution/instance_home_internal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>

#include "entrepot/execution/process_identity.h"

namespace entrepot::internal {
namespace {

namespace fs = std::filesystem;

/// Makes the names in `folder` survive a loss of power. One that cannot be read is left
/// to those who made it.
Status SyncFolder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 && errno == EACCES) return {};
  const int failure = fd < 0 || ::fsync(fd) != 0 ? errno : 0;
  if (fd >= 0) ::close(fd);
  if (failure == 0) return {};
  return FromErrno(failure, fmt::format("syncing folder '{}'", folder));
}

bool IsUnfinished(const StepRecord& step) {
  return step.status == StepStatus::kStarted || step.status == StepStatus::kRetrying;
}

/// Appends to `ends` the events that end one run. Its process has ended, so that what the
/// log says of its steps is final.
Status AddEndsOf(const RunRecord& run, EventLog& log, std::vector<Event>& ends) {
  const UnixMicros now = Clock::System().Now();
  const std::string reason = fmt::format(
      "process {} on '{}' is gone: it was killed, or it crashed", run.pid, run.host);
  const auto add = [&](const std::string& step_key, EventData data) {
    ends.push_back({.time = now,
                    .run_id = run.run_id,
                    .step_key = step_key,
                    .data = std::move(data),
                    .on_behalf_of = run.process()});
  };
  ENTREPOT_ASSIGN_OR_RETURN(const auto steps, log.Steps(run.run_id));
  for (const StepRecord& step : steps) {
    if (!IsUnfinished(step)) continue;
    add(step.step_key, StepFailed{.status = StepStatus::kInterrupted,
                                  .attempt = step.attempts,
                                  .code = std::string(ToString(ErrorCode::kCancelled)),
                                  .error = reason});
  }
  add("", RunFinished{.status = RunStatus::kInterrupted, .error = reason});
  return {};
}

Result<std::vector<Event>> EndsOfInterruptedRuns(EventLog& log) {
  constexpr int kAll = std::numeric_limits<int>::max();
  ENTREPOT_ASSIGN_OR_RETURN(auto runs,
                            log.Runs({.only_unfinished = true, .limit = kAll}));
  std::ranges::reverse(runs);  // Oldest first.
  std::vector<Event> ends;
  for (const RunRecord& run : runs) {
    if (HasEnded(run.process())) ENTREPOT_RETURN_IF_ERROR(AddEndsOf(run, log, ends));
  }
  return ends;
}

}  // namespace

Status MakeHome(const std::string& folder, Durability durability) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) {
    return FromErrno(failure.value(),
                     fmt::format("making the instance's folder '{}'", folder));
  }
  const bool is_there = fs::exists(folder + "/entrepot.db", failure);
  if (durability == Durability::kFast || is_there) return {};
  // Also those that others made: they may have died before they could sync them.
  for (fs::path path = folder; path.has_relative_path(); path = path.parent_path()) {
    ENTREPOT_RETURN_IF_ERROR(SyncFolder(path.parent_path()));
  }
  return {};
}

Result<std::unique_ptr<EventLog>> OpenInstanceLog(const std::string& path,
                                                  Durability durability) {
  constexpr std::chrono::milliseconds kPatience{500};  // Our transactions are shorter.
  ENTREPOT_ASSIGN_OR_RETURN(auto log,
                            OpenSqliteEventLog(path, {.durability = durability}));
  ENTREPOT_ASSIGN_OR_RETURN(auto ends, EndsOfInterruptedRuns(*log));
  if (ends.empty()) return log;
  // By a log object of its own, for one that fails to write stops for good, and looking
  // at an instance must neither fail because the disk is full nor wait for somebody who
  // holds the lock for long. What cannot be written now is left to the next open: a
  // process that is gone stays gone.
  const auto writer =
      OpenSqliteEventLog(path, {.durability = durability, .patience = kPatience});
  if (writer && (*writer)->Append(std::move(ends))) (void)(*writer)->Flush();
  return log;
}

}  // namespace entrepot::internal
