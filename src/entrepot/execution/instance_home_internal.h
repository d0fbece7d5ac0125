#pragma once

/// \file entrepot/execution/instance_home_internal.h
/// How an instance finds its home after whatever happened to those that used it before.

#include <memory>
#include <string>

#include "entrepot/durability.h"
#include "entrepot/events/event_log.h"

namespace entrepot::internal {

/// Makes `folder` and what is above it. If durable, and there is no log in it yet, the
/// names of all of these survive a loss of power.
///
/// Errors: kPermission, kConflict (a file stands there), kUnavailable
Status MakeHome(const std::string& folder, Durability durability);

/// Opens or makes the log of an instance, and records as interrupted each run whose
/// process has ended without ending it: its unfinished steps, then itself. Several
/// processes may do so at once: only the first events are kept. Does not fail where the
/// log cannot be written at once.
///
/// Errors: those of OpenSqliteEventLog
Result<std::unique_ptr<EventLog>> OpenInstanceLog(const std::string& path,
                                                  Durability durability);

}  // namespace entrepot::internal
