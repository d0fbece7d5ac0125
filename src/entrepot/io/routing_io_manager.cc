#include "entrepot/io/routing_io_manager.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "entrepot/glob.h"
#include "entrepot/io/context.h"
#include "entrepot/io/partitions.h"
#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

constexpr char kBackendMetadata[] = "storage_backend";  // What a store adds.

/// What a route is about, taken apart.
struct Condition {
  enum class Kind { kGroup, kKey, kMetadata };
  Kind kind;
  std::string name;  ///< Of the metadata.
  std::string pattern;
};

Result<Condition> ParseCondition(const std::string& when) {
  const size_t colon = when.find(':');
  const std::string kind = when.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : when.substr(colon + 1);
  const size_t equals = rest.find('=');
  if (!rest.empty() && kind == "group")
    return Condition{Condition::Kind::kGroup, "", rest};
  if (!rest.empty() && kind == "key") return Condition{Condition::Kind::kKey, "", rest};
  if (kind == "metadata" && equals != std::string::npos && equals > 0) {
    return Condition{Condition::Kind::kMetadata, rest.substr(0, equals),
                     rest.substr(equals + 1)};
  }
  return Invalid(
      "route '{}' is none of 'group:<pattern>', 'key:<pattern>' and "
      "'metadata:<name>=<pattern>'",
      when);
}

bool IsAbout(const Condition& condition, const OutputContext& output) {
  const AssetFacts& asset = output.asset();
  if (condition.kind == Condition::Kind::kMetadata) {
    const MetadataValue* found = FindMetadata(asset.metadata, condition.name);
    return found != nullptr && MatchesGlob(condition.pattern, found->ToString());
  }
  if (!output.asset_key()) return false;
  const bool is_group = condition.kind == Condition::Kind::kGroup;
  return MatchesGlob(condition.pattern,
                     is_group ? asset.group : output.asset_key()->ToUserString());
}

std::vector<std::string> NamesOf(const RoutingIOManager::Backends& backends) {
  std::vector<std::string> names;
  for (const auto& [name, manager] : backends) names.push_back(name);
  return names;
}

Status CheckNames(const std::vector<std::string>& names) {
  if (names.empty()) return Invalid("a routing I/O manager needs a backend");
  for (const std::string& name : names) {
    if (name.empty() || name.find('.') != std::string::npos)
      return Invalid("'{}' cannot name a backend: it is empty, or has a dot", name);
    if (std::ranges::count(names, name) > 1)
      return Invalid("there are two backends '{}'", name);
  }
  return {};
}

Status CheckBackend(const std::vector<std::string>& names, const std::string& backend,
                    const std::string& rule) {
  if (std::ranges::find(names, backend) != names.end()) return {};
  return Invalid("{} names backend '{}', which there is not{}", rule, backend,
                 DidYouMean(backend, names));
}

std::string KeyOf(const OutputContext& context, const std::string& backend) {
  return context.io_manager_key() + "." + backend;
}

/// Returns the context under which a backend knows an output.
std::shared_ptr<OutputContext> For(const std::string& backend,
                                   const OutputContext& context) {
  OutputContext::Fields fields = context.fields();
  fields.io_manager_key = KeyOf(context, backend);
  // Of a backend that routes too, what tells of its own choice is behind ours.
  const auto* said = FindMetadata(fields.output_metadata, kBackendMetadata);
  const std::string names = said == nullptr ? "" : said->ToString();
  if (names.starts_with(backend + "."))
    SetMetadata(fields.output_metadata, kBackendMetadata,
                names.substr(backend.size() + 1));
  return std::make_shared<OutputContext>(std::move(fields));
}

}  // namespace

Result<std::shared_ptr<RoutingIOManager>> RoutingIOManager::Make(Backends backends,
                                                                 RoutingRules rules) {
  const std::vector<std::string> names = NamesOf(backends);
  ENTREPOT_RETURN_IF_ERROR(CheckNames(names));
  for (const auto& [name, manager] : backends) {
    if (!manager) return Invalid("backend '{}' is null", name);
  }
  for (const Route& route : rules.routes) {
    ENTREPOT_RETURN_IF_ERROR(ParseCondition(route.when));
    ENTREPOT_RETURN_IF_ERROR(
        CheckBackend(names, route.backend, fmt::format("route '{}'", route.when)));
  }
  ENTREPOT_RETURN_IF_ERROR(CheckBackend(names, rules.default_backend, "default_backend"));
  return std::shared_ptr<RoutingIOManager>(
      new RoutingIOManager(std::move(backends), std::move(rules)));
}

RoutingIOManager::RoutingIOManager(Backends backends, RoutingRules rules)
    : backends_(std::move(backends)), rules_(std::move(rules)) {}

std::string RoutingIOManager::DescribeRules() const {
  std::string text =
      fmt::format("1. metadata '{}' names the backend\n", rules_.metadata_name);
  int number = 2;
  for (const Route& route : rules_.routes)
    text += fmt::format("{}. {} -> {}\n", number++, route.when, route.backend);
  return text + fmt::format("{}. all others -> {}", number, rules_.default_backend);
}

Result<std::string> RoutingIOManager::BackendFor(const OutputContext& output) const {
  const auto* named = FindMetadata(output.asset().metadata, rules_.metadata_name);
  if (named != nullptr) {
    const std::string backend = named->ToString();
    ENTREPOT_RETURN_IF_ERROR(CheckBackend(
        NamesOf(backends_), backend,
        fmt::format("metadata '{}' of {}", rules_.metadata_name, output.Describe())));
    return backend;
  }
  for (const Route& route : rules_.routes) {
    ENTREPOT_ASSIGN_OR_RETURN(const Condition condition, ParseCondition(route.when));
    if (IsAbout(condition, output)) return route.backend;
  }
  return rules_.default_backend;
}

/// Returns where a value is: where it was stored, else where the rules would store it.
Result<std::string> RoutingIOManager::BackendOf(const OutputContext& stored) const {
  if (auto backend = StoredBackend(stored)) return *std::move(backend);
  return BackendFor(stored);
}

Result<IOManager*> RoutingIOManager::Find(const std::string& backend,
                                          const OutputContext& of) const {
  for (const auto& [name, manager] : backends_) {
    if (name == backend) return manager.get();
  }
  return Invalid("{} was stored in backend '{}', which this manager does not have{}",
                 of.Describe(), backend, DidYouMean(backend, NamesOf(backends_)));
}

Status RoutingIOManager::HandleOutput(OutputContext& context, const Value& value) {
  const auto backend = BackendFor(context);
  if (!backend) return backend.error().While("storing " + context.Describe());
  ENTREPOT_ASSIGN_OR_RETURN(IOManager* const manager, Find(*backend, context));
  const auto inner = For(*backend, context);
  ENTREPOT_RETURN_IF_ERROR(manager->HandleOutput(*inner, value));
  const size_t num_before = context.receipts().size();
  for (size_t i = num_before; i < inner->receipts().size(); ++i)
    context.AddReceipt(inner->receipts()[i]);
  Metadata said = inner->logged_metadata();
  const auto* inner_backend = FindMetadata(said, kBackendMetadata);
  SetMetadata(
      said, kBackendMetadata,
      inner_backend == nullptr ? *backend : *backend + "." + inner_backend->ToString());
  return context.AddOutputMetadata(std::move(said));
}

Result<Value> RoutingIOManager::LoadInput(const InputContext& context) {
  return LoadPartitions(context,
                        [this](const InputContext& one) { return LoadOne(one); });
}

Result<Value> RoutingIOManager::LoadOne(const InputContext& context) const {
  const OutputContext& upstream = context.upstream_output();
  const auto backend = BackendOf(upstream);
  if (!backend) return backend.error().While("loading " + upstream.Describe());
  ENTREPOT_ASSIGN_OR_RETURN(IOManager* const manager, Find(*backend, upstream));
  InputContext::Fields fields = context.fields();
  fields.upstream_output = For(*backend, upstream);
  if (fields.partition_outputs) fields.partition_outputs = {fields.upstream_output};
  return manager->LoadInput(InputContext(std::move(fields)));
}

Result<bool> RoutingIOManager::Has(const OutputContext& output) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::string backend, BackendOf(output));
  ENTREPOT_ASSIGN_OR_RETURN(IOManager* const manager, Find(backend, output));
  return manager->Has(*For(backend, output));
}

std::optional<IOManagerInfo> RoutingIOManager::Info() const {
  IOManagerInfo info{.kind = "routing", .is_lossless = true};
  nlohmann::json backends = nlohmann::json::object();
  for (const auto& [name, manager] : backends_) {
    const auto backend = manager->Info();
    if (!backend) return std::nullopt;
    backends[name] = {{"kind", backend->kind},
                      {"config", nlohmann::json::parse(backend->config)}};
    info.is_lossless = info.is_lossless && backend->is_lossless;
    info.is_volatile = info.is_volatile || backend->is_volatile;
  }
  info.config = nlohmann::json({{"backends", std::move(backends)}}).dump();
  return info;
}

std::optional<std::string> StoredBackend(const OutputContext& stored) {
  const std::string prefix = stored.io_manager_key() + ".";
  for (const Receipt& receipt : stored.receipts()) {
    if (!receipt.base.starts_with(prefix)) continue;
    const std::string rest = receipt.base.substr(prefix.size());
    return rest.substr(0, rest.find('.'));  // A backend may route too.
  }
  const auto* named = FindMetadata(stored.output_metadata(), kBackendMetadata);
  if (named == nullptr || !stored.receipts().empty()) return std::nullopt;
  const std::string names = named->ToString();
  return names.substr(0, names.find('.'));
}

std::string WithBackendConfigs(
    const std::string& routing_config,
    const std::function<std::string(const IOManagerInfo& backend)>& change) {
  auto config = nlohmann::json::parse(routing_config);
  for (nlohmann::json& backend : config.at("backends")) {
    const std::string changed =
        change({.kind = backend.at("kind"), .config = backend.at("config").dump()});
    backend["config"] = nlohmann::json::parse(changed);
  }
  return config.dump();
}

Result<IOManagerInfo> BackendInfo(const std::string& routing_config,
                                  const std::string& backend) {
  try {
    const auto config = nlohmann::json::parse(routing_config);
    const nlohmann::json& backends = config.at("backends");
    if (backends.is_object() && !backends.contains(backend))
      return NotFound("a routing I/O manager had no backend '{}'", backend);
    const nlohmann::json& found = backends.at(backend);
    return IOManagerInfo{.kind = found.at("kind"), .config = found.at("config").dump()};
  } catch (const nlohmann::json::exception& e) {
    return Corrupt("the logged configuration of a routing I/O manager is damaged: {}",
                   e.what());
  }
}

}  // namespace entrepot
