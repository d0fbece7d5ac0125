#pragma once

/// \file entrepot/events/network_filesystem_internal.h
/// Which filesystems cannot hold a SQLite log.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "entrepot/result.h"

namespace entrepot {

/// Returns the name of the network filesystem whose statfs f_type is `type`, or nothing
/// for a local one.
std::optional<std::string_view> NetworkFilesystemName(std::uint64_t type);

/// Refuses a folder on a network filesystem: the WAL's index is memory that the processes
/// of one machine share, so writers on two machines would destroy the log.
///
/// Errors: kUnsupported  it is on one
Status CheckIsLocal(const std::string& folder);

}  // namespace entrepot
