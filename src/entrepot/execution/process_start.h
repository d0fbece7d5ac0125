#pragma once

/// \file entrepot/execution/process_start.h
/// When a process began, which with its id names it for all time.

#include <cstdint>
#include <optional>

namespace entrepot {

/// Returns the start of process `pid` in clock ticks since boot (field 22 of
/// /proc/<pid>/stat, proc(5)); nullopt where there is no such process, or no /proc.
std::optional<std::int64_t> ProcessStart(std::int64_t pid);

}  // namespace entrepot
