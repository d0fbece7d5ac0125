#include "entrepot/asset/partition_mapping.h"

#include <algorithm>

namespace entrepot {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

Error Mismatch(const PartitionMapping& mapping, std::string_view need) {
  return Invalid("partition mapping '{}' needs {}", Describe(mapping), need);
}

// Fails where `mapping` is not for partitions of these kinds.
Status CheckKinds(const PartitionMapping& mapping, const PartitionsDefinition* downstream,
                  const PartitionsDefinition* upstream) {
  if (std::holds_alternative<AllPartitionMapping>(mapping)) return {};
  if (upstream == nullptr) return Mismatch(mapping, "an upstream asset with partitions");
  const bool any_downstream = std::holds_alternative<LastPartitionMapping>(mapping) ||
                              std::holds_alternative<SpecificPartitionMapping>(mapping);
  if (any_downstream) return {};
  if (downstream == nullptr) return Mismatch(mapping, "an asset with partitions");
  const auto* offsets = std::get_if<TimeWindowPartitionMapping>(&mapping);
  if (offsets && offsets->start_offset > offsets->end_offset) {
    return Invalid("start_offset {} lies after end_offset {}: that would read nothing",
                   offsets->start_offset, offsets->end_offset);
  }
  if (offsets && (!upstream->time_windows() || !downstream->time_windows())) {
    return Mismatch(mapping, fmt::format("windows of time on both sides, not {} from {}",
                                         downstream->Describe(), upstream->Describe()));
  }
  if (std::holds_alternative<StaticPartitionMapping>(mapping) &&
      (!upstream->static_partitions() || !downstream->static_partitions())) {
    return Mismatch(mapping, fmt::format("static keys on both sides, not {} from {}",
                                         downstream->Describe(), upstream->Describe()));
  }
  return {};
}

// Fails where `key` is missing from a list that does not grow with time.
Status CheckStaticKey(const PartitionsDefinition& partitions, std::string_view key) {
  return partitions.static_partitions() ? partitions.Check(key, 0) : Status();
}

Status CheckKeys(const PartitionMapping& mapping, const PartitionsDefinition* downstream,
                 const PartitionsDefinition* upstream) {
  if (const auto* specific = std::get_if<SpecificPartitionMapping>(&mapping)) {
    for (const std::string& key : specific->keys) {
      ENTREPOT_RETURN_IF_ERROR(CheckStaticKey(*upstream, key));
    }
  }
  if (const auto* pairs = std::get_if<StaticPartitionMapping>(&mapping)) {
    for (const auto& [upstream_key, downstream_key] : pairs->pairs) {
      ENTREPOT_RETURN_IF_ERROR(CheckStaticKey(*upstream, upstream_key));
      ENTREPOT_RETURN_IF_ERROR(CheckStaticKey(*downstream, downstream_key));
    }
  }
  return {};
}

Status CheckUpstream(const PartitionsDefinition& upstream, std::string_view upstream_key,
                     std::string_view reader, UnixMicros now) {
  const Status exists = upstream.Check(upstream_key, now);
  if (exists) return {};
  return NotFound("{} reads an upstream partition that does not exist: {}", reader,
                  exists.error().message());
}

// The keys, checked, in the order of `upstream` and each once.
Result<std::vector<std::string>> InOrder(const PartitionsDefinition& upstream,
                                         std::vector<std::string> keys,
                                         std::string_view reader, UnixMicros now) {
  for (const std::string& key : keys) {
    ENTREPOT_RETURN_IF_ERROR(CheckUpstream(upstream, key, reader, now));
  }
  std::ranges::sort(keys, {}, [&](const std::string& key) {
    return upstream.NumberOf(key, now).value();
  });
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  return keys;
}

Result<std::vector<std::string>> Overlapping(const TimeWindowPartitionMapping& mapping,
                                             const TimeWindowPartitions& downstream,
                                             const std::string& key,
                                             const PartitionsDefinition& upstream,
                                             std::string_view reader, UnixMicros now) {
  const std::int64_t number = downstream.NumberOf(key).value();
  const UnixMicros start = downstream.WindowOf(number + mapping.start_offset).start;
  const UnixMicros end = downstream.WindowOf(number + mapping.end_offset).end;
  if (start >= end) return std::vector<std::string>();

  const TimeWindowPartitions& windows = *upstream.time_windows();
  std::int64_t first = windows.NumberAt(start);
  std::int64_t last = windows.NumberAt(end - 1);
  if (first < 0) {
    // What lies before the reader's own window was reached by an offset.
    const std::int64_t own = windows.NumberAt(downstream.WindowOf(number).start);
    first = std::min<std::int64_t>(std::max(first, own), 0);
  }
  if (mapping.allow_nonexistent_upstream_partitions) {
    first = std::max<std::int64_t>(first, 0);
    last = std::min(last, windows.Count(now) - 1);
  }
  if (last < first) return std::vector<std::string>();
  ENTREPOT_RETURN_IF_ERROR(CheckUpstream(upstream, windows.KeyOf(first), reader, now));
  ENTREPOT_RETURN_IF_ERROR(CheckUpstream(upstream, windows.KeyOf(last), reader, now));
  return upstream.KeysBetween(windows.KeyOf(first), windows.KeyOf(last), now);
}

}  // namespace

PartitionMapping InferMapping(const PartitionsDefinition* downstream,
                              const PartitionsDefinition* upstream) {
  if (downstream == nullptr || upstream == nullptr) return AllPartitionMapping();
  if (downstream->time_windows() && upstream->time_windows()) {
    return TimeWindowPartitionMapping();
  }
  return IdentityPartitionMapping();
}

Status CheckMapping(const PartitionMapping& mapping,
                    const PartitionsDefinition* downstream,
                    const PartitionsDefinition* upstream) {
  ENTREPOT_RETURN_IF_ERROR(CheckKinds(mapping, downstream, upstream));
  return CheckKeys(mapping, downstream, upstream);
}

Result<std::vector<std::string>> UpstreamPartitions(
    const PartitionMapping& mapping, const PartitionsDefinition* downstream,
    const std::optional<std::string>& downstream_key,
    const PartitionsDefinition& upstream, UnixMicros now) {
  using Keys = Result<std::vector<std::string>>;
  ENTREPOT_RETURN_IF_ERROR(CheckKinds(mapping, downstream, &upstream));
  const bool has_key = downstream != nullptr && downstream_key.has_value();
  if (has_key) ENTREPOT_RETURN_IF_ERROR(downstream->Check(*downstream_key, now));
  const std::string reader = has_key ? fmt::format("partition '{}'", *downstream_key)
                                     : "a run without partition";
  const auto one_or_all = [&](const auto& map) -> Keys {
    return has_key ? map() : Keys(upstream.Keys(now));
  };
  return std::visit(
      Overloaded{[&](const IdentityPartitionMapping&) {
                   return one_or_all(
                       [&] { return InOrder(upstream, {*downstream_key}, reader, now); });
                 },
                 [&](const AllPartitionMapping&) { return Keys(upstream.Keys(now)); },
                 [&](const LastPartitionMapping&) -> Keys {
                   const std::optional<std::string> last = upstream.LastKey(now);
                   return last ? std::vector{*last} : std::vector<std::string>();
                 },
                 [&](const SpecificPartitionMapping& specific) {
                   return InOrder(upstream, specific.keys, reader, now);
                 },
                 [&](const StaticPartitionMapping& mapped) {
                   return one_or_all([&] {
                     std::vector<std::string> keys;
                     for (const auto& [upstream_key, reader_key] : mapped.pairs) {
                       if (reader_key == *downstream_key) keys.push_back(upstream_key);
                     }
                     return InOrder(upstream, std::move(keys), reader, now);
                   });
                 },
                 [&](const TimeWindowPartitionMapping& offsets) {
                   return one_or_all([&] {
                     return Overlapping(offsets, *downstream->time_windows(),
                                        *downstream_key, upstream, reader, now);
                   });
                 }},
      mapping);
}

std::string Describe(const PartitionMapping& mapping) {
  return std::visit(
      Overloaded{[](const IdentityPartitionMapping&) { return std::string("identity"); },
                 [](const AllPartitionMapping&) { return std::string("all"); },
                 [](const LastPartitionMapping&) { return std::string("last"); },
                 [](const SpecificPartitionMapping& specific) {
                   return fmt::format("specific, {} keys", specific.keys.size());
                 },
                 [](const StaticPartitionMapping& mapped) {
                   return fmt::format("static, {} pairs", mapped.pairs.size());
                 },
                 [](const TimeWindowPartitionMapping& offsets) {
                   return fmt::format("time windows, from {} to {}", offsets.start_offset,
                                      offsets.end_offset);
                 }},
      mapping);
}

}  // namespace entrepot
