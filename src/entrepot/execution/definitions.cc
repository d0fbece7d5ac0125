#include "entrepot/execution/definitions.h"

#include <algorithm>

#include "entrepot/execution/checked_config_internal.h"
#include "entrepot/execution/instance.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/nearest_name.h"

namespace entrepot {

void Definitions::Add(Asset asset) { AddBuilt(std::move(asset).Build()); }

void Definitions::Add(MultiAsset assets) { AddBuilt(std::move(assets).Build()); }

void Definitions::AddBuilt(Result<StepDefinition> step) {
  if (step) {
    Add(*std::move(step));
  } else {
    faults_.push_back(step.error().ToString());
  }
}

void Definitions::Add(StepDefinition step) { steps_.push_back(std::move(step)); }

void Definitions::Add(Job job) {
  const std::string name = job.name();
  if (!jobs_.emplace(name, std::move(job)).second)
    faults_.push_back(fmt::format("job '{}' is defined more than once", name));
}

void Definitions::Bind(const std::string& key, ResourceBinding binding) {
  if (!resources_.emplace(key, std::move(binding)).second)
    faults_.push_back(fmt::format("resource '{}' is bound more than once", key));
}

std::vector<std::string> Definitions::ManagerKeys(bool with_input_managers) const {
  std::vector<std::string> keys;
  if (!resources_.contains(kDefaultIOManagerKey)) keys.push_back(kDefaultIOManagerKey);
  for (const auto& [key, binding] : resources_) {
    if (binding.kind == ResourceKind::kIOManager ||
        (with_input_managers && binding.kind == ResourceKind::kInputManager)) {
      keys.push_back(key);
    }
  }
  return keys;
}

/// Checks what resources require of each other.
void Definitions::CheckResources(std::vector<std::string>& faults) const {
  std::vector<std::string> keys;
  for (const auto& [key, binding] : resources_) keys.push_back(key);
  const auto order = OrderResources(resources_, keys);
  if (!order) faults.push_back(order.error().ToString());
}

/// Checks a step by itself: what it requires by key, and how it is retried.
void Definitions::CheckNeeds(const StepDefinition& step,
                             std::vector<std::string>& faults) const {
  CheckManagers(step.spec, faults);
  const int max_retries = step.retry_policy.max_retries;
  if (max_retries < 0) {
    faults.push_back(fmt::format("step '{}': max_retries must not be negative: {}",
                                 step.spec.key, max_retries));
  }
  for (const std::string& key : step.required_resource_keys) {
    if (key == kDefaultIOManagerKey || resources_.contains(key)) continue;
    faults.push_back(NotBound(fmt::format("step '{}'", step.spec.key), key, resources_));
  }
}

void Definitions::CheckManagers(const StepSpec& step,
                                std::vector<std::string>& faults) const {
  const auto check = [&](const std::string& who, const std::string& key, bool is_input) {
    const auto keys = ManagerKeys(is_input);
    if (std::ranges::find(keys, key) != keys.end()) return;
    const bool is_other = resources_.contains(key);
    faults.push_back(fmt::format(
        "{} needs the {} manager '{}', which is {}{}", who, is_input ? "input" : "I/O",
        key, is_other ? "another kind of resource" : "not bound", DidYouMean(key, keys)));
  };
  for (const StepOutput& output : step.outputs) {
    check(output.key ? output.Describe()
                     : fmt::format("{} of step '{}'", output.Describe(), step.key),
          output.io_manager_key, false);
  }
  for (const StepInput& input : step.inputs) {
    if (input.input_manager_key.empty()) continue;
    check(fmt::format("input '{}' of step '{}'", input.name, step.key),
          input.input_manager_key, true);
  }
}

/// Checks steps and all that they need, and returns their graph.
Result<StepGraph> Definitions::GraphOfSteps(const std::vector<StepDefinition>& steps,
                                            std::vector<std::string>& faults) const {
  std::vector<StepSpec> specs;
  for (const StepDefinition& step : steps) {
    CheckNeeds(step, faults);
    specs.push_back(step.spec);
  }
  const auto declared =
      internal::DeclaredBy(steps, resources_, internal::Taking::kAlways);
  if (!declared) faults.push_back(declared.error().ToString());
  auto graph = StepGraph::Make(std::move(specs));
  if (!graph) faults.push_back(graph.error().ToString());
  return graph;
}

Result<StepGraph> Definitions::Graph() const {
  std::vector<std::string> faults = faults_;
  CheckResources(faults);
  auto graph = GraphOfSteps(steps_, faults);
  for (const auto& [name, job] : jobs_) {
    const auto checked = GraphOf(name);
    if (!checked) faults.push_back(checked.error().ToString());
  }
  if (!faults.empty()) return Invalid("{}", fmt::join(faults, "\n"));
  return graph;
}

Result<StepGraph> Definitions::GraphOf(std::string_view name) const {
  const auto job = jobs_.find(std::string(name));
  if (job == jobs_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, unused] : jobs_) names.push_back(known);
    return Invalid("there is no job '{}'{}", name, DidYouMean(name, names));
  }
  std::vector<std::string> faults = job->second.faults();
  auto graph = GraphOfSteps(job->second.steps(), faults);
  if (faults.empty()) return graph;
  return Invalid("job '{}': {}", name, fmt::join(faults, "\n"));
}

Status Definitions::Validate() const {
  const auto graph = Graph();
  if (!graph) return graph.error();
  return {};
}

IOManagerFactory MemoryIOManagerFactory() {
  return [](const ResourceContext&) -> Result<std::shared_ptr<IOManager>> {
    return std::make_shared<MemoryIOManager>();
  };
}

ResourceBinding FileSystemIOManagerFactory(std::string config_json) {
  ResourceBinding binding = internal::BindingOf(
      [](const ResourceContext& context) -> Result<std::shared_ptr<IOManager>> {
        return context.instance.MakeFileSystemIOManager(context.config<std::string>());
      },
      {});
  auto given = ParseConfigJson(config_json);
  if (!given) {
    binding.make = [error = given.error()](const ResourceContext&) {
      return Result<MadeResource>(error.While("config of the filesystem I/O manager"));
    };
    return binding;
  }
  const auto read = [](const ConfigValue& value,
                       const ConfigTree& own) -> Result<std::any> {
    ConfigJson config = ConfigJson::object();  // The instance has defaults of its own.
    for (const auto& [name, field] : value.resolved.items()) {
      if (IsGiven(own, name)) config[name] = field;
    }
    return std::any(config.dump());
  };
  binding.config = std::make_shared<const DeclaredConfig>(
      DeclaredConfig{.schema = FileSystemIOManagerFields().schema(),
                     .given = ConfigTree(*std::move(given), "code"),
                     .read = read});
  return binding;
}

}  // namespace entrepot
