// Resources are made before a run's first step and torn down after its last.

#include "entrepot/execution/run_resources_internal.h"

#include <optional>

#include "entrepot/execution/instance.h"
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
  ENTREPOT_RETURN_IF_ERROR(Make({&key, 1}));
  return std::any_cast<std::shared_ptr<IOManager>>(made_.at(key));
}

Result<std::shared_ptr<InputManager>> RunResources::MakeInputManager(
    const std::string& key) {
  ENTREPOT_RETURN_IF_ERROR(Make({&key, 1}));
  const std::any& made = made_.at(key);
  if (const auto* manager = std::any_cast<std::shared_ptr<IOManager>>(&made))
    return std::shared_ptr<InputManager>(*manager);
  return std::any_cast<std::shared_ptr<InputManager>>(made);
}

std::shared_ptr<const void> RunResources::ConfigOf(const std::string& key) const {
  const auto found = configs_.find(key);
  return found == configs_.end() ? nullptr : found->second;
}

Status RunResources::Make(std::span<const std::string> keys) {
  if (keys.empty()) return {};
  ENTREPOT_ASSIGN_OR_RETURN(const auto order, OrderResources(bindings_, keys));
  for (const std::string& key : order) {
    if (!made_.contains(key)) ENTREPOT_RETURN_IF_ERROR(MakeOne(key));
  }
  return {};
}

Status RunResources::MakeOne(const std::string& key) {
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
  std::optional<Error> first;
  while (!teardowns_.empty()) {
    const Teardown teardown = std::move(teardowns_.back());
    teardowns_.pop_back();
    const Status done = CallUserCode([&] { return teardown.call(); });
    if (done) continue;
    const Error error =
        done.error().While(fmt::format("tearing down resource '{}'", teardown.key));
    log_->Write(LogLevel::kError, error.ToString());
    if (!first) first = error;
  }
  if (first) return *first;
  return {};
}

}  // namespace entrepot::internal
