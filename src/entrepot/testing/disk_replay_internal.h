#pragma once

/// \file entrepot/testing/disk_replay_internal.h
/// From recorded changes of a disk to what is there after a loss of power.

#include <span>
#include <string>
#include <vector>

#include "entrepot/testing/recorded_disk.h"

namespace entrepot::testing::internal {

/// Returns each state that the disk may be in after `changes`.
std::vector<DiskContent> StatesAfter(std::span<const DiskChange> changes,
                                     StateBounds bounds);

}  // namespace entrepot::testing::internal
