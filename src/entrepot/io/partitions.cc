#include "entrepot/io/partitions.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace entrepot {
namespace {

/// Calls `work` for 0 to count - 1, several at a time; the caller takes part.
void ForEachConcurrently(size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  const auto take = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  const size_t at_once = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> others;
  for (size_t i = 1; i < std::min(at_once, count); ++i) others.emplace_back(take);
  take();
}

/// Whether what was loaded is a partition that may be missing; tells so.
bool IsLeftOut(const InputContext& context, const Result<Value>& loaded,
               const std::string& key) {
  if (loaded || loaded.error().code() != ErrorCode::kNotFound) return false;
  if (!AllowsMissingPartitions(context.definition_metadata())) return false;
  context.log().Warning(
      "{}: partition '{}' is not there; it is left out, as allow_missing_partitions says",
      context.Describe(), key);
  return true;
}

}  // namespace

bool AllowsMissingPartitions(const Metadata& definition_metadata) {
  const auto* allowed = FindMetadata(definition_metadata, "allow_missing_partitions");
  return allowed != nullptr && allowed->kind() == MetadataValue::Kind::kBool &&
         allowed->bool_value();
}

Result<Value> LoadPartitions(
    const InputContext& context,
    const std::function<Result<Value>(const InputContext&)>& load_one) {
  if (!context.has_asset_partitions()) return load_one(context);
  const auto& keys = context.asset_partition_keys();
  std::vector<std::optional<Result<Value>>> loaded(keys.size());
  ForEachConcurrently(keys.size(),
                      [&](size_t i) { loaded[i] = load_one(context.OfPartition(i)); });
  std::vector<std::pair<std::string, Value>> entries;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (IsLeftOut(context, *loaded[i], keys[i])) continue;
    if (!*loaded[i]) return loaded[i]->error();
    entries.emplace_back(keys[i], **std::move(loaded[i]));
  }
  if (keys.size() > 1) return Value::Map(std::move(entries));
  return entries.empty() ? Value() : std::move(entries.front().second);
}

}  // namespace entrepot
