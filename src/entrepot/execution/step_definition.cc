#include "entrepot/execution/step_definition.h"

#include "entrepot/io/partitions.h"

namespace entrepot {

Input::Input(std::string_view key) {
  auto parsed = AssetKey::Parse(key);
  if (parsed) {
    *this = Input(*parsed);
  } else {
    fault_ = parsed.error().ToString();
  }
}

Input::Input(const AssetKey& key) {
  input_.name = key.name();
  input_.key = key;
  input_.is_exact = key.path().size() > 1;
}

Input&& Input::WithMetadata(Metadata metadata) && {
  const Status unique = CheckNames(metadata);
  if (!unique && fault_.empty())
    fault_ = fmt::format("input '{}': {}", input_.name, unique.error().message());
  for (auto& [name, value] : metadata)
    SetMetadata(input_.metadata, std::move(name), std::move(value));
  return std::move(*this);
}

Input&& Input::Mapped(PartitionMapping mapping) && {
  input_.partition_mapping = std::move(mapping);
  return std::move(*this);
}

Input&& Input::AllowMissingPartitions() && {
  return std::move(*this).WithMetadata({{kAllowMissingPartitions, true}});
}

Input&& Input::LoadedBy(std::string input_manager_key) && {
  input_.input_manager_key = std::move(input_manager_key);
  return std::move(*this);
}

void StepDraft::Read(Input input) {
  if (input.fault_.empty()) {
    definition_.spec.inputs.push_back(std::move(input.input_));
  } else {
    AddFault(fmt::format("{} reads: {}", what_, input.fault_));
  }
}

void StepDraft::DependOn(std::string_view key) {
  auto parsed = AssetKey::Parse(key);
  if (parsed) {
    definition_.spec.deps.push_back(*std::move(parsed));
  } else {
    AddFault(fmt::format("{} depends on: {}", what_, parsed.error().ToString()));
  }
}

Result<StepDefinition> StepDraft::Build() && {
  const size_t declared = definition_.spec.inputs.size();
  const size_t taken = definition_.compute.inputs.size();
  if (definition_.spec.is_external) {
    if (definition_.compute.function)
      AddFault(fmt::format("{} is external, and has a compute function", what_));
  } else if (!definition_.compute.function) {
    AddFault(fmt::format("{} has no compute function", what_));
  } else if (faults_.empty() && taken != declared) {
    AddFault(fmt::format("{} reads {} assets, but its function takes {}", what_, declared,
                         taken));
  }
  if (!faults_.empty()) return Invalid("{}", fmt::join(faults_, "\n"));
  return std::move(definition_);
}

}  // namespace entrepot
