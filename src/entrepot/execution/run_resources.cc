// Resources are made before a run's first step, or when a step first asks for them, and
// torn down after its last.

#include "entrepot/execution/run_resources_internal.h"

#include <optional>

#include "entrepot/execution/instance.h"
#include "entrepot/execution/manager_calls_internal.h"
#include "entrepot/user_code.h"

namespace entrepot::internal {
namespace {

std::string Describe(ResourceKind kind, const std::string& key) {
  return fmt::format("{} '{}'",
                     kind == ResourceKind::kIOManager      ? "I/O manager"
                     : kind == ResourceKind::kInputManager ? "input manager"
                                                           : "resource",
                     key);
}

/// Whether a factory made what it was bound as.
bool IsOfKind(const std::any& made, ResourceKind kind) {
  switch (kind) {
    case ResourceKind::kIOManager:
      return std::any_cast<std::shared_ptr<IOManager>>(&made) != nullptr;
    case ResourceKind::kInputManager:
      return std::any_cast<std::shared_ptr<InputManager>>(&made) != nullptr;
    default:
      return made.has_value();
  }
}

Error MadeTooLate(const std::string& key) {
  return Invalid("resource '{}' was not made before its run was over", key);
}

}  // namespace

RunResources::RunResources(const ResourceBindings& bindings, const Instance& instance,
                           std::string run_id, std::shared_ptr<StepLog> log)
    : bindings_(bindings),
      instance_(instance),
      run_id_(std::move(run_id)),
      log_(std::move(log)) {}

RunResources::~RunResources() { (void)TearDown(); }

Status RunResources::MakeNonManagers() {
  std::vector<std::string> keys;
  for (const auto& [key, binding] : bindings_) {
    if (binding.kind == ResourceKind::kOther) keys.push_back(key);
  }
  return Make(keys);
}

Result<std::shared_ptr<IOManager>> RunResources::MakeIOManager(const std::string& key) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::any made, MakeAny(key));
  return std::any_cast<std::shared_ptr<IOManager>>(made);
}

Result<std::shared_ptr<InputManager>> RunResources::MakeInputManager(
    const std::string& key) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::any made, MakeAny(key));
  if (const auto* manager = std::any_cast<std::shared_ptr<IOManager>>(&made))
    return std::shared_ptr<InputManager>(*manager);
  return std::any_cast<std::shared_ptr<InputManager>>(made);
}

std::shared_ptr<const void> RunResources::ConfigOf(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = configs_.find(key);
  return found == configs_.end() ? nullptr : found->second;
}

bool RunResources::EndsWithRun(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return ending_.contains(key);
}

Resources RunResources::All() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> others;
  for (const auto& [key, binding] : bindings_) {
    if (!made_.contains(key)) others.push_back(key);
  }
  const auto make = [weak = weak_from_this()](const std::string& key) {
    const auto self = weak.lock();
    return self ? self->MakeAny(key) : Result<std::any>(MadeTooLate(key));
  };
  return Resources(made_, std::move(others), make);
}

Status RunResources::AddDeclared(const StepSpec& step, const StepOutput& asset,
                                 LoadOptions& options) {
  if (!options.facts) options.facts = asset.facts;
  if (!options.partitions) options.partitions = step.partitions;
  options.output_name = asset.name;
  if (!options.io_manager && bindings_.contains(asset.io_manager_key)) {
    ENTREPOT_ASSIGN_OR_RETURN(auto manager, MakeIOManager(asset.io_manager_key));
    ENTREPOT_ASSIGN_OR_RETURN(const auto info, InfoOf(*manager, asset.io_manager_key));
    // One in memory has what it has in its own run alone, which the instance knows.
    if (!info || !info->is_volatile) options.io_manager = std::move(manager);
  }
  options.resource_config = ConfigOf(asset.io_manager_key);
  return {};
}

Status RunResources::Make(std::span<const std::string> keys) {
  const std::lock_guard lock(mutex_);
  return MakeInOrder(keys);
}

Result<std::any> RunResources::MakeAny(const std::string& key) {
  const std::lock_guard lock(mutex_);
  ENTREPOT_RETURN_IF_ERROR(MakeInOrder({&key, 1}));
  return made_.at(key);
}

Status RunResources::MakeInOrder(std::span<const std::string> keys) {
  if (keys.empty()) return {};
  ENTREPOT_ASSIGN_OR_RETURN(const auto order, OrderResources(bindings_, keys));
  for (const std::string& key : order) {
    if (!made_.contains(key)) ENTREPOT_RETURN_IF_ERROR(MakeOne(key));
  }
  return {};
}

Status RunResources::MakeOne(const std::string& key) {
  if (is_over_) return MadeTooLate(key);
  const auto found = bindings_.find(key);
  if (found == bindings_.end()) {
    ENTREPOT_ASSIGN_OR_RETURN(made_[key], instance_.DefaultIOManager());
    return {};
  }
  const ResourceBinding& binding = found->second;
  auto made = Call(key, binding);
  if (!made) return made.error().While("making " + Describe(binding.kind, key));
  bool is_ending = made->teardown != nullptr;
  for (const std::string& required : binding.required_keys)
    is_ending = is_ending || ending_.contains(required);
  if (is_ending) ending_.insert(key);
  if (made->teardown) teardowns_.push_back({key, std::move(made->teardown)});
  configs_[key] = std::move(made->config);
  made_[key] = std::move(made->resource);
  return {};
}

Result<MadeResource> RunResources::Call(const std::string& key,
                                        const ResourceBinding& binding) {
  std::map<std::string, std::any> required;
  for (const std::string& other : binding.required_keys)
    required[other] = made_.at(other);
  ENTREPOT_ASSIGN_OR_RETURN(ReadConfig config, config_.Of(key, binding.config));
  auto made = CallUserCode([&] {
    return binding.make({.instance = instance_,
                         .key = key,
                         .run_id = run_id_,
                         .resources = Resources(std::move(required)),
                         .log = log_,
                         .read_config = std::move(config)});
  });
  if (made && !IsOfKind(made->resource, binding.kind))
    return Invalid("what was made is no {}", Describe(binding.kind, key));
  return made;
}

Status RunResources::TearDown() {
  std::vector<Teardown> teardowns;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    teardowns.swap(teardowns_);
  }
  std::optional<Error> first;
  while (!teardowns.empty()) {
    const Teardown teardown = std::move(teardowns.back());
    teardowns.pop_back();
    const Status done = CallUserCode([&] { return teardown.call(); });
    if (done) continue;
    const Error error =
        done.error().While(fmt::format("tearing down resource '{}'", teardown.key));
    if (!first) first = error;
    // A log that throws must not leave the others standing.
    (void)CallUserCode([&]() -> Status {
      log_->Write(LogLevel::kError, error.ToString());
      return {};
    });
  }
  if (first) return *first;
  return {};
}

}  // namespace entrepot::internal
