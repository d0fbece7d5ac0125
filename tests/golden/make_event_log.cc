// Writes the golden event log of the present version to the path given (README.md).

#include <cstdio>

#include "entrepot/events/event_log.h"
#include "event_log_content.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_golden_event_log PATH\n", stderr);
    return 2;
  }
  try {
    const auto log = entrepot::OpenSqliteEventLog(argv[1]).value();
    log->Append(entrepot::golden::EventsOfVersion1()).value();
    log->Flush().value();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
