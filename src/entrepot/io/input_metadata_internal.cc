#include "entrepot/io/input_metadata_internal.h"

namespace entrepot {

Result<std::optional<std::string>> TextInMetadata(const InputContext& context,
                                                  std::string_view name) {
  const MetadataValue* entry = FindMetadata(context.definition_metadata(), name);
  if (entry == nullptr && context.has_upstream_output())
    entry = FindMetadata(context.upstream_output().asset().metadata, name);
  if (entry == nullptr) return std::optional<std::string>();
  if (entry->kind() != MetadataValue::Kind::kText) {
    return Invalid("metadata '{}' of {} must be text, not '{}'", name, context.Describe(),
                   entry->ToString());
  }
  return std::optional(entry->text());
}

}  // namespace entrepot
