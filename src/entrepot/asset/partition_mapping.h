#pragma once

/// \file entrepot/asset/partition_mapping.h
/// Which partitions of an asset one partition of its consumer reads.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "entrepot/asset/partitions_definition.h"
#include "entrepot/clock.h"
#include "entrepot/result.h"

namespace entrepot {

/// The partition of the same key.
struct IdentityPartitionMapping {
  friend bool operator==(const IdentityPartitionMapping&,
                         const IdentityPartitionMapping&) = default;
};

/// Every partition.
struct AllPartitionMapping {
  friend bool operator==(const AllPartitionMapping&,
                         const AllPartitionMapping&) = default;
};

/// The last partition there is; none where there is none.
struct LastPartitionMapping {
  friend bool operator==(const LastPartitionMapping&,
                         const LastPartitionMapping&) = default;
};

/// Always the same partitions.
struct SpecificPartitionMapping {
  std::vector<std::string> keys;

  friend bool operator==(const SpecificPartitionMapping&,
                         const SpecificPartitionMapping&) = default;
};

/// Which partitions of the consumer read a partition of the asset, in pairs (upstream
/// key, downstream key). A partition that no pair names reads, or is read by, nothing.
struct StaticPartitionMapping {
  std::vector<std::pair<std::string, std::string>> pairs;

  friend bool operator==(const StaticPartitionMapping&,
                         const StaticPartitionMapping&) = default;
};

/// The windows that overlap the consumer's window, after its start was moved by
/// `start_offset` and its end by `end_offset` windows of the consumer: of the same
/// cadence the window itself, of a finer one all that it holds, of a coarser one that
/// which holds it. With both offsets -1: the window before.
///
/// Nothing comes before the first partition: what an offset moves there is left out, so
/// that the first partition of an asset that reads its own previous one reads none. Any
/// other window without a partition is an error, unless
/// `allow_nonexistent_upstream_partitions` leaves those out too.
struct TimeWindowPartitionMapping {
  int start_offset = 0;
  int end_offset = 0;
  bool allow_nonexistent_upstream_partitions = false;

  friend bool operator==(const TimeWindowPartitionMapping&,
                         const TimeWindowPartitionMapping&) = default;
};

/// A plain value; concurrent const use only.
using PartitionMapping = std::variant<IdentityPartitionMapping, AllPartitionMapping,
                                      LastPartitionMapping, SpecificPartitionMapping,
                                      StaticPartitionMapping, TimeWindowPartitionMapping>;

/// Returns the mapping of an input that declares none: time windows where both assets
/// have them, identity where both are partitioned, else all. Null means unpartitioned.
PartitionMapping InferMapping(const PartitionsDefinition* downstream,
                              const PartitionsDefinition* upstream);

/// Returns success where `mapping` can connect these assets; for definitions, before any
/// run. Null means unpartitioned.
///
/// Errors: kInvalid  it needs partitions, windows of time or static keys where there are
///                   none, or its offsets are crossed
///         kNotFound  it names a static key that does not exist
Status CheckMapping(const PartitionMapping& mapping,
                    const PartitionsDefinition* downstream,
                    const PartitionsDefinition* upstream);

/// Returns the partitions of `upstream` that `downstream_key` reads, in their order.
/// Without a `downstream_key` (the run has no partition) identity, static and time window
/// mappings mean all of them. The caller adds to errors which assets these are.
///
/// Errors: kNotFound  a partition that would be read, or `downstream_key`, is not there;
///                    the message has both keys
///         kInvalid   as CheckMapping
Result<std::vector<std::string>> UpstreamPartitions(
    const PartitionMapping& mapping, const PartitionsDefinition* downstream,
    const std::optional<std::string>& downstream_key,
    const PartitionsDefinition& upstream, UnixMicros now);

/// Returns a phrase for messages and plans, e.g. "time windows, from -1 to 0".
std::string Describe(const PartitionMapping& mapping);

}  // namespace entrepot
