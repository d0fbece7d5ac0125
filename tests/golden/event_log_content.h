#pragma once

/// \file golden/event_log_content.h
/// What the golden event logs hold.

#include <vector>

#include "entrepot/events/event.h"

namespace entrepot::golden {

/// Returns every type of event at least once, with fixed ids (1, 2, …) and times. Never
/// changes: files of past versions hold it. For a new version make another function.
std::vector<Event> EventsOfVersion1();

}  // namespace entrepot::golden
