#pragma once

/// \file entrepot/testing/event_log_conformance.h
/// What every event log has to do, as tests for any of them.
///
///   const bool registered = (RegisterEventLogConformance({.name = "Mine", …}), true);

#include <functional>
#include <memory>
#include <string>

#include "entrepot/events/event_log.h"

namespace entrepot::testing {

/// A log to be tested, and how to get one.
struct EventLogUnderTest {
  std::string name;  ///< A word; the tests are EventLogConformance/<name>.<behaviour>.

  /// Returns a new, empty log.
  std::function<std::unique_ptr<EventLog>()> make;

  /// Closes a log that `make` or `reopen` returned and opens it again. Null: a declared
  /// deviation, for a log that dies with its object.
  std::function<std::unique_ptr<EventLog>(std::unique_ptr<EventLog>)> reopen;
};

/// Registers the suite for `subject`. Call it before RUN_ALL_TESTS, where a static
/// initialiser of the test program will do.
void RegisterEventLogConformance(EventLogUnderTest subject);

}  // namespace entrepot::testing
