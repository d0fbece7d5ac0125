// Every event log of ours against the suite that users can run on their own.

#include "entrepot/testing/event_log_conformance.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {
namespace {

EventLogUnderTest SqliteLog(std::string name, SqliteEventLogOptions options) {
  // One folder per program; each log has a file of its own in it. Tests run one by one.
  struct State {
    TemporaryFolder folder;
    int num_logs = 0;
    std::string path;
  };
  const auto state = std::make_shared<State>();
  const auto open = [state, options] {
    return OpenSqliteEventLog(state->path, options).value();
  };
  return {.name = std::move(name),
          .make =
              [state, open] {
                state->path =
                    fmt::format("{}/{}.db", state->folder.path(), ++state->num_logs);
                return open();
              },
          .reopen =
              [open](std::unique_ptr<EventLog> log) {
                log.reset();
                return open();
              }};
}

const bool registered = [] {
  RegisterEventLogConformance(
      {.name = "Memory", .make = MakeMemoryEventLog, .reopen = nullptr});
  RegisterEventLogConformance(SqliteLog("SqliteFull", {.durability = Durability::kFull}));
  RegisterEventLogConformance(SqliteLog("SqliteFast", {.durability = Durability::kFast}));
  return true;
}();

}  // namespace
}  // namespace entrepot::testing
