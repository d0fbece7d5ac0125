#pragma once

/// \file entrepot/execution/process_identity.h
/// Which process this is, and whether another has ended.

#include "entrepot/events/event.h"

namespace entrepot {

/// Returns this process.
ProcessIdentity ThisProcess();

/// Whether `process` has certainly ended. False where nobody can tell from here: it is
/// one of another machine (by the host's name), or the system does not show other
/// processes.
///
/// Processes that share a host name must see each other, as those of one container do.
bool HasEnded(const ProcessIdentity& process);

}  // namespace entrepot
