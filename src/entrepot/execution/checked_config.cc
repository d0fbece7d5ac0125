#include "entrepot/execution/checked_config_internal.h"

#include "entrepot/config/validate.h"
#include "entrepot/execution/definitions.h"

namespace entrepot {
namespace internal {
namespace {

constexpr char kOwner[] = "the run";

/// Returns a field that may be left out though its type has required fields.
Result<ConfigField> Optional(const ConfigField& field) {
  return ConfigField::Make({.type = field.type(),
                            .description = field.description(),
                            .is_required = false,
                            .is_secret = field.is_secret()});
}

/// Whether there is one where the run gives none, or a fault.
bool AlwaysGetsOne(const DeclaredConfig& declared) {
  return declared.schema.is_required() || declared.schema.default_value() ||
         declared.given.is_given();
}

/// Lays what a run is given over what the program gives.
ConfigTree TreeOf(const DeclaredConfigs& declared, const RunConfig& config) {
  ConfigTree tree;
  for (const auto& [name, own] : declared) tree.Merge(own->given.Below(name));
  tree.Merge(config.given);
  return tree;
}

Result<ConfigJson> Validated(const DeclaredConfigs& declared, const ConfigTree& tree,
                             const std::set<std::string>& used) {
  ENTREPOT_ASSIGN_OR_RETURN(const ConfigField shape, ShapeOf(declared, &used));
  return ValidateConfig(kOwner, shape, tree);
}

}  // namespace

Result<DeclaredConfigs> DeclaredBy(std::span<const StepDefinition> steps,
                                   const ResourceBindings& resources, Taking taking) {
  DeclaredConfigs declared;
  for (const auto& [key, binding] : resources) {
    if (binding.config && (taking == Taking::kAny || AlwaysGetsOne(*binding.config)))
      declared.emplace(key, binding.config);
  }
  for (const StepDefinition& step : steps) {
    if (!step.config) continue;
    const bool gets_one = AlwaysGetsOne(*step.config);
    if (taking == Taking::kAlways && !gets_one) continue;
    const auto [same, is_free] = declared.emplace(step.spec.key, step.config);
    if (is_free || !gets_one) continue;
    if (AlwaysGetsOne(*same->second)) {
      return Invalid("step '{}' and resource '{}' both take a configuration; rename one",
                     step.spec.key, step.spec.key);
    }
    same->second = step.config;
  }
  return declared;
}

Result<std::set<std::string>> UsedByRun(const Plan& plan, const StepGraph& graph,
                                        std::span<const StepDefinition> steps,
                                        const ResourceBindings& resources) {
  std::set<std::string> used;
  std::set<std::string> keys;
  for (const auto& [key, binding] : resources) {
    if (binding.kind == ResourceKind::kOther) keys.insert(key);
  }
  for (const PlannedStep& planned : plan.steps) {
    const StepDefinition& step = steps[planned.node];
    if (step.config) used.insert(step.spec.key);
    keys.insert(step.required_resource_keys.begin(), step.required_resource_keys.end());
    for (const StepOutput& output : step.spec.outputs) keys.insert(output.io_manager_key);
    for (const StepInput& input : step.spec.inputs) keys.insert(input.input_manager_key);
    for (const PlannedInput& input : planned.inputs) {
      const auto made_by = input.key ? graph.Find(*input.key) : std::nullopt;
      if (made_by) keys.insert(graph.OutputOf(*made_by).io_manager_key);
    }
  }
  std::erase_if(keys, [&](const std::string& key) { return !resources.contains(key); });
  const std::vector<std::string> wanted(keys.begin(), keys.end());
  ENTREPOT_ASSIGN_OR_RETURN(const auto order, OrderResources(resources, wanted));
  for (const std::string& key : order) {
    const auto bound = resources.find(key);
    if (bound != resources.end() && bound->second.config) used.insert(key);
  }
  return used;
}

Result<ConfigField> ShapeOf(const DeclaredConfigs& declared,
                            const std::set<std::string>* used) {
  std::vector<NamedField> fields;
  for (const auto& [name, config] : declared) {
    const bool is_needed = used == nullptr || used->contains(name);
    if (is_needed || !config->schema.is_required()) {
      fields.push_back({name, config->schema});
      continue;
    }
    ENTREPOT_ASSIGN_OR_RETURN(ConfigField field, Optional(config->schema));
    fields.push_back({name, std::move(field)});
  }
  ENTREPOT_ASSIGN_OR_RETURN(ConfigType shape, ConfigType::Shape(std::move(fields)));
  return ConfigField::Make({.type = std::move(shape)});
}

Status CheckConfig(const Definitions& definitions, const StepGraph& graph,
                   const Plan& plan, const RunConfig& config) {
  const auto& resources = definitions.resources();
  ENTREPOT_ASSIGN_OR_RETURN(const auto declared,
                            DeclaredBy(definitions.steps(), resources, Taking::kAny));
  ENTREPOT_ASSIGN_OR_RETURN(const auto used,
                            UsedByRun(plan, graph, definitions.steps(), resources));
  const auto validated = Validated(declared, TreeOf(declared, config), used);
  if (!validated) return validated.error();
  return {};
}

Result<CheckedConfig> CheckedConfig::Make(DeclaredConfigs declared,
                                          const RunConfig& config,
                                          const std::set<std::string>& used) {
  CheckedConfig checked;
  checked.tree_ = TreeOf(declared, config);
  ENTREPOT_ASSIGN_OR_RETURN(checked.validated_, Validated(declared, checked.tree_, used));
  checked.declared_ = std::move(declared);
  checked.environment_ = config.environment;
  std::vector<std::string> faults;
  for (const std::string& name : used) {
    auto read = checked.Read(name);
    if (read) {
      checked.read_.emplace(name, *std::move(read));
    } else if (read.error().exception()) {
      return read.error();  // Kept whole: the exception is the user's.
    } else {
      faults.push_back(read.error().ToString());
    }
  }
  if (!faults.empty()) return Invalid("{}", fmt::join(faults, "\n"));
  return checked;
}

Result<ReadConfig> CheckedConfig::Of(
    const std::string& name,
    const std::shared_ptr<const DeclaredConfig>& declared) const {
  const auto own = declared_.find(name);
  if (!declared || own == declared_.end() || own->second != declared) return nullptr;
  const auto found = read_.find(name);
  return found != read_.end() ? found->second : Read(name);
}

Result<ReadConfig> CheckedConfig::Read(const std::string& name) const {
  const auto found = declared_.find(name);
  if (found == declared_.end()) return nullptr;
  const DeclaredConfig& declared = *found->second;
  const ConfigTree given = tree_.At({&name, 1});
  const std::string owner = fmt::format("'{}'", name);
  if (!validated_.contains(name)) {
    if (!declared.schema.is_required()) return nullptr;
    return ValidateConfig(owner, declared.schema, {}).error();
  }
  const ConfigJson& written = validated_.at(name);
  ENTREPOT_ASSIGN_OR_RETURN(const ConfigJson resolved,
                            ResolveConfig(owner, declared.schema, written, environment_));
  auto read = declared.read({written, resolved}, given);
  if (!read) return read.error().While(fmt::format("configuring {}", owner));
  return std::make_shared<const std::any>(*std::move(read));
}

}  // namespace internal

Result<ConfigField> ConfigSchemaOf(const Definitions& definitions, std::string_view job) {
  const auto& jobs = definitions.jobs();
  const auto found = jobs.find(std::string(job));
  if (!job.empty() && found == jobs.end()) return definitions.GraphOf(job).error();
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto declared,
      internal::DeclaredBy(job.empty() ? definitions.steps() : found->second.steps(),
                           definitions.resources(), internal::Taking::kAny));
  return internal::ShapeOf(declared);
}

}  // namespace entrepot
