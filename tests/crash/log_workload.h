#pragma once

/// \file tests/crash/log_workload.h
/// A history of known events, put into a SQLite log while its files fail, and what must
/// hold of the log afterwards.

#include <functional>
#include <string>
#include <vector>

#include "entrepot/events/event_log.h"

namespace entrepot::testing {

/// Events in groups, each of which is appended at once: a run, its materialization, which
/// read the one of the group before, and its end. The third group takes several pages of
/// the file. Event k has time k. One thread at a time.
class LogHistory {
 public:
  static constexpr int kGroups = 6;
  static constexpr int kGroupSize = 5;

  /// The groups before `first_group` are in the log already.
  explicit LogHistory(int first_group = 0);

  /// Returns the events of group `group`, from 0. Call in order.
  std::vector<Event> Group(int group);

 private:
  EventIdRef latest_;
};

/// What came of a workload.
struct WorkloadResult {
  int num_appended = 0;  ///< Events.
  int num_durable = 0;   ///< Of these, before the last Flush that succeeded.

  /// Of opening, appending, flushing and asking.
  std::vector<Error> errors{};
};

/// Opens (and makes) a log at `path` and works with it: appends groups of a LogHistory
/// from `first_group` on, asks, checkpoints, closes and opens it again. Ends at the first
/// error of a write; `is_durable` is told after each Flush. Fails the test if a log that
/// could not write goes on.
WorkloadResult RunLogWorkload(
    const std::string& path, Durability durability, int first_group = 0,
    const std::function<void(int num_events)>& is_durable = [](int) {});

/// Fails the test unless `log` holds the first events of a LogHistory, `least` at least
/// and `most` at most, in their order, and answers accordingly. Returns how many.
int ExpectBeginningOfHistory(EventLog& log, int least,
                             int most = LogHistory::kGroups * LogHistory::kGroupSize);

/// Fails the test unless SQLite finds the file at `path` whole.
void ExpectWhole(const std::string& path);

/// How the tests open logs: not patient, so that one that waits for nothing is found.
Result<std::unique_ptr<EventLog>> OpenLog(const std::string& path,
                                          Durability durability = Durability::kFull);

}  // namespace entrepot::testing
