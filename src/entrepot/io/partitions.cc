#include "entrepot/io/partitions.h"

#include <optional>
#include <thread>

#include "entrepot/for_each_concurrently.h"
#include "entrepot/user_code.h"

namespace entrepot {
namespace {

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
  const auto* allowed = FindMetadata(definition_metadata, kAllowMissingPartitions);
  return allowed != nullptr && allowed->kind() == MetadataValue::Kind::kBool &&
         allowed->bool_value();
}

Result<Value> LoadPartitions(
    const InputContext& context,
    const std::function<Result<Value>(const InputContext&)>& load_one) {
  if (!context.has_asset_partitions()) return load_one(context);
  const auto& keys = context.asset_partition_keys();
  std::vector<std::optional<Result<Value>>> loaded(keys.size());
  ForEachConcurrently(keys.size(), std::thread::hardware_concurrency(), [&](size_t i) {
    loaded[i] = CallUserCode([&] { return load_one(context.OfPartition(i)); });
  });
  std::vector<std::pair<std::string, Value>> entries;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (IsLeftOut(context, *loaded[i], keys[i])) continue;
    if (!*loaded[i]) return loaded[i]->error();
    entries.emplace_back(keys[i], **std::move(loaded[i]));
  }
  if (keys.size() > 1 || context.request().by_key) return Value::Map(std::move(entries));
  return entries.empty() ? Value() : std::move(entries.front().second);
}

}  // namespace entrepot
