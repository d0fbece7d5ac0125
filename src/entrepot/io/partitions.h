#pragma once

/// \file entrepot/io/partitions.h
/// How a manager that keeps each partition by itself loads those that an input reads.

#include <functional>

#include "entrepot/asset/metadata.h"
#include "entrepot/io/context.h"
#include "entrepot/result.h"
#include "entrepot/value/value.h"

namespace entrepot {

/// The name in an input's metadata that lets partitions be missing, where it is true.
inline constexpr char kAllowMissingPartitions[] = "allow_missing_partitions";

/// Whether an input's metadata lets partitions be missing.
bool AllowsMissingPartitions(const Metadata& definition_metadata);

/// Loads what the context reads by `load_one`, which gets contexts of one partition (or
/// of the asset, where it has none): one partition gives its value, several a map in
/// their order, none nothing; where the request says by_key, all of these a map.
/// Partitions that are not there are an error, or left out with a warning where the input
/// allows that. Several are loaded at once: `load_one` must be safe for concurrent use,
/// and fails for what is not there, whatever the input allows.
///
/// Errors: those of `load_one`, of the first partition that fails
Result<Value> LoadPartitions(
    const InputContext& context,
    const std::function<Result<Value>(const InputContext&)>& load_one);

}  // namespace entrepot
