#include "entrepot/io/memory_io_manager.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>

#include "entrepot/arrow_result.h"
#include "entrepot/io/context.h"
#include "entrepot/io/partitions.h"

namespace entrepot {
namespace {

/// Returns a text that no other output has, whatever its names hold: each is written
/// behind its length.
std::string IdentifierOf(const OutputContext& context) {
  std::string identifier;
  const auto add = [&](char kind, std::string_view name) {
    identifier += kind;
    identifier += std::to_string(name.size());
    identifier += ':';
    identifier += name;
  };
  if (!context.asset_key()) {
    for (const std::string& name : context.Identifier()) add('o', name);
    return identifier;
  }
  for (const std::string& part : context.asset_key()->path()) add('a', part);
  if (context.partition()) add('p', *context.partition());
  return identifier;
}

}  // namespace

MemoryIOManager::~MemoryIOManager() = default;

Status MemoryIOManager::HandleOutput(OutputContext& context, const Value& value) {
  Value kept = value;
  if (value.kind() == ValueKind::kStream) {
    ENTREPOT_ASSIGN_OR_RETURN(TablePtr table, value.stream()->ToTable());
    kept = Value::Table(std::move(table), value.type());
  }
  {
    const std::lock_guard lock(mutex_);
    std::swap(values_[IdentifierOf(context)], kept);
  }
  return {};  // The replaced value dies here, without the lock.
}

Result<Value> MemoryIOManager::LoadInput(const InputContext& context) {
  return LoadPartitions(context,
                        [this](const InputContext& one) { return LoadOne(one); });
}

Result<Value> MemoryIOManager::LoadOne(const InputContext& context) {
  if (!context.has_upstream_output()) {
    return Invalid(
        "{} comes from no step's output and no asset, so memory has none of it",
        context.Describe());
  }
  const OutputContext& upstream = context.upstream_output();
  std::optional<Value> found;
  {
    const std::lock_guard lock(mutex_);
    const auto at = values_.find(IdentifierOf(upstream));
    if (at != values_.end()) found = at->second;
  }
  if (!found) {
    return NotFound(
        "{} is not in memory: the memory I/O manager keeps values only while the "
        "run that made them is there; use a filesystem I/O manager to keep them",
        upstream.Describe());
  }
  if (context.request().as_stream && found->kind() == ValueKind::kTable) {
    return Value::Stream(std::make_shared<arrow::TableBatchReader>(found->table()),
                         found->type());
  }
  return *std::move(found);
}

std::optional<IOManagerInfo> MemoryIOManager::Info() const {
  return IOManagerInfo{
      .kind = "memory", .config = "{}", .is_lossless = true, .is_volatile = true};
}

Result<bool> MemoryIOManager::Has(const OutputContext& output) {
  const std::lock_guard lock(mutex_);
  return values_.contains(IdentifierOf(output));
}

}  // namespace entrepot
