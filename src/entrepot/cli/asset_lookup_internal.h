#pragma once

/// \file entrepot/cli/asset_lookup_internal.h
/// Assets that somebody names.

#include "entrepot/asset/asset_key.h"
#include "entrepot/cli/session_internal.h"

namespace entrepot::internal {

/// Returns the kNotFound of an asset that the instance has no value of: what to run where
/// it is defined, the nearest names where it is not, the partitions that there are.
Error NeverMaterialized(Session& session, const Instance& instance, const AssetKey& key,
                        const std::optional<std::string>& partition);

}  // namespace entrepot::internal
