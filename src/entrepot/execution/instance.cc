#include "entrepot/execution/instance.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "entrepot/execution/event_step_log_internal.h"
#include "entrepot/execution/instance_home_internal.h"
#include "entrepot/execution/manager_calls_internal.h"
#include "entrepot/io/routing_io_manager.h"
#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

namespace fs = std::filesystem;
using internal::EventStepLog;
using internal::InfoOf;
using internal::LoadBy;
using internal::StatsOf;
using internal::StoreBy;

std::string EnvironmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Returns the configuration of a manager without the folder of the instance's own
/// values, which moves with the home.
std::string MovableConfig(const IOManagerInfo& info, const std::string& storage_folder) {
  if (info.kind == "routing") {
    return WithBackendConfigs(info.config, [&](const IOManagerInfo& backend) {
      return MovableConfig(backend, storage_folder);
    });
  }
  if (info.kind != "filesystem") return info.config;
  auto options = FileSystemIOManagerFields().Read(info.config);
  ENTREPOT_CHECK(options.has_value());
  if (options->base_dir != storage_folder) return info.config;
  options->base_dir = "";
  return FileSystemIOManagerFields().Write(*options);
}

/// Returns what keeps a stored value: of a routing manager, the backend that it went to.
Result<IOManagerRecord> KeeperOf(const Materialization& materialization) {
  IOManagerRecord record = materialization.io_manager;
  while (record.kind == "routing") {
    const auto stored = OutputContextOf(materialization, {.io_manager_key = record.key});
    const std::string backend = StoredBackend(*stored).value_or("");
    ENTREPOT_ASSIGN_OR_RETURN(const IOManagerInfo info,
                              BackendInfo(record.config, backend));
    record = {
        .key = record.key + "." + backend, .kind = info.kind, .config = info.config};
  }
  return record;
}

}  // namespace

Instance::Instance(std::string home, bool is_ephemeral, std::unique_ptr<EventLog> log,
                   InstanceOptions options)
    : home_(std::move(home)),
      is_ephemeral_(is_ephemeral),
      owner_process_(::getpid()),
      log_(std::move(log)),
      options_(std::move(options)) {}

Instance::~Instance() { RemoveIfEphemeral(); }

std::shared_ptr<Instance> Instance::Share(std::unique_ptr<Instance> instance) {
  const std::shared_ptr<Instance> shared = std::move(instance);
  shared->self_ = shared;
  return shared;
}

void Instance::RemoveIfEphemeral() {
  // A forked child's copy of the object does not own the folder.
  if (!is_ephemeral_ || owner_process_ != ::getpid()) return;
  std::error_code
      ignored;  // A leftover in the temporary folder is the system's to remove.
  fs::remove_all(home_, ignored);
}

Result<std::shared_ptr<Instance>> Instance::Ephemeral(InstanceOptions options) {
  std::error_code failure;
  const fs::path temporary = fs::temp_directory_path(failure);
  if (failure) return Unavailable("there is no temporary folder: {}", failure.message());
  std::string home = (temporary / "entrepot-XXXXXX").string();
  if (::mkdtemp(home.data()) == nullptr) {
    return FromErrno(errno, fmt::format("making a temporary folder '{}'", home));
  }
  options.durability = Durability::kFast;  // It dies with the process anyway.
  return Share(std::unique_ptr<Instance>(
      new Instance(std::move(home), true, MakeMemoryEventLog(), std::move(options))));
}

Result<std::shared_ptr<Instance>> Instance::Open(const std::string& home,
                                                 InstanceOptions options) {
  if (home.empty()) return Invalid("an instance needs a folder");
  std::error_code failure;
  const std::string folder = fs::absolute(home).lexically_normal().string();
  ENTREPOT_RETURN_IF_ERROR(internal::MakeHome(folder, options.durability));
  auto log = internal::OpenInstanceLog(folder + "/entrepot.db", options.durability);
  if (!log) return log.error().While(fmt::format("opening instance '{}'", folder));
  return Share(std::unique_ptr<Instance>(
      new Instance(folder, false, *std::move(log), std::move(options))));
}

Result<std::shared_ptr<Instance>> Instance::Get(InstanceOptions options) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::string home, HomeFromEnvironment());
  return Open(home, std::move(options));
}

Result<std::string> Instance::HomeFromEnvironment() {
  if (auto home = EnvironmentVariable("ENTREPOT_HOME"); !home.empty()) return home;
  if (auto data = EnvironmentVariable("XDG_DATA_HOME"); !data.empty())
    return data + "/entrepot";
  if (auto home = EnvironmentVariable("HOME"); !home.empty()) {
    return home + "/.local/share/entrepot";
  }
  return Invalid("no folder for the instance: set ENTREPOT_HOME");
}

std::string Instance::Describe() const {
  return is_ephemeral_ ? "this ephemeral instance" : fmt::format("instance '{}'", home_);
}

Result<std::shared_ptr<IOManager>> Instance::MakeFileSystemIOManager(
    const std::string& config, FileOfHandle file_of_handle) const {
  FileSystemIOManagerOptions defaults;
  defaults.durability = options_.durability;
  ENTREPOT_ASSIGN_OR_RETURN(
      FileSystemIOManagerOptions options,
      FileSystemIOManagerFields().Read(config, std::move(defaults)));
  if (options.base_dir.empty()) options.base_dir = storage_folder();
  ENTREPOT_ASSIGN_OR_RETURN(
      auto manager,
      FileSystemIOManager::Make(std::move(options), options_.codecs,
                                {.file_of_handle = std::move(file_of_handle)}));
  return std::shared_ptr<IOManager>(std::move(manager));
}

Result<std::shared_ptr<IOManager>> Instance::DefaultIOManager() const {
  {
    const std::lock_guard lock(mutex_);
    if (default_io_manager_) return default_io_manager_;
  }
  ENTREPOT_ASSIGN_OR_RETURN(auto made, MakeFileSystemIOManager("{}"));
  const std::lock_guard lock(mutex_);
  if (!default_io_manager_) default_io_manager_ = std::move(made);
  return default_io_manager_;
}

IOManagerRecord Instance::RecordOf(const std::string& key,
                                   const std::optional<IOManagerInfo>& info) const {
  if (!info) return {.key = key, .kind = "", .config = ""};
  return {
      .key = key, .kind = info->kind, .config = MovableConfig(*info, storage_folder())};
}

void Instance::Remember(const AssetKey& key, const std::optional<std::string>& partition,
                        const std::shared_ptr<IOManager>& manager, bool is_volatile) {
  Remembered remembered{.owned = is_volatile ? nullptr : manager, .manager = manager};
  {
    const std::lock_guard lock(mutex_);
    std::swap(remembered_[{key, partition}], remembered);
  }
}  // The manager that was remembered before may die here, without the lock.

Result<std::shared_ptr<IOManager>> Instance::ManagerOf(
    const Materialization& materialization) const {
  const IOManagerRecord& stored_by = materialization.io_manager;
  const std::string asset = materialization.key.ToUserString();
  std::shared_ptr<IOManager> remembered;
  {
    const std::lock_guard lock(mutex_);
    const auto found = remembered_.find({materialization.key, materialization.partition});
    if (found != remembered_.end()) remembered = found->second.manager.lock();
  }
  if (remembered) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto info, InfoOf(*remembered, stored_by.key));
    if (RecordOf(stored_by.key, info) == stored_by) return remembered;
  }
  ENTREPOT_ASSIGN_OR_RETURN(const IOManagerRecord record, KeeperOf(materialization));
  if (record.kind == "filesystem") return MakeFileSystemIOManager(record.config);
  if (record.kind == "memory") {
    return NotFound(
        "asset '{}' was last kept in memory by run '{}', which is over; materialize it "
        "again, or "
        "with a filesystem I/O manager to keep it",
        asset, materialization.run_id);
  }
  return NotFound(
      "asset '{}' was stored through '{}', an I/O manager of the program that ran it, "
      "which this "
      "process does not have; load it with that program's definitions",
      asset, record.key);
}

Result<std::vector<Receipt>> Instance::StoreValue(const AssetKey& key, const Value& value,
                                                  const StoreOptions& options) {
  if (value.kind() == ValueKind::kNothing) {
    return Invalid("there is no value to store as asset '{}'", key.ToUserString());
  }
  const Status unique = CheckNames(options.metadata);
  if (!unique) {
    return unique.error().While(fmt::format("storing asset '{}'", key.ToUserString()));
  }
  std::shared_ptr<IOManager> manager = options.io_manager;
  if (!manager) {
    ENTREPOT_ASSIGN_OR_RETURN(manager, DefaultIOManager());
  }
  const UnixMicros time = Clock::System().Now();
  const Stopwatch stopwatch;
  const auto context = std::make_shared<OutputContext>(
      OutputContext::Fields{.step_key = key.ToUserString(),
                            .asset_key = key,
                            .partition = options.partition,
                            .version = NewVersion(),
                            .output_metadata = options.metadata});
  ENTREPOT_ASSIGN_OR_RETURN(const auto info, InfoOf(*manager, context->io_manager_key()));
  ENTREPOT_RETURN_IF_ERROR(StoreBy(*manager, *context, value));
  Remember(key, options.partition, manager, info && info->is_volatile);
  Materialized materialized{
      .key = key,
      .partition = options.partition,
      .receipts = context->receipts(),
      .metadata = context->output_metadata(),
      .io_manager = RecordOf(context->io_manager_key(), info),
      .store = StatsOf(context->receipts(), value, stopwatch.seconds())};
  std::vector<Event> events;
  events.push_back(
      {.time = time, .step_key = context->step_key(), .data = std::move(materialized)});
  ENTREPOT_RETURN_IF_ERROR(log_->Append(std::move(events)));
  ENTREPOT_RETURN_IF_ERROR(log_->Flush());
  return context->receipts();
}

Result<Value> Instance::LoadValue(const AssetKey& key, const LoadOptions& options) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto latest, log_->Latest(key, options.partition));
  const std::string name = key.ToUserString();
  if (!latest) return NeverMaterialized(key, options.partition);
  if (latest->io_manager.key.empty()) {
    return NotFound(
        "asset '{}' was materialized by run '{}' without a value: its function "
        "returned nothing",
        name, latest->run_id);
  }
  std::shared_ptr<IOManager> manager = options.io_manager;
  if (!manager) {
    ENTREPOT_ASSIGN_OR_RETURN(manager, ManagerOf(*latest));
  }
  const auto log =
      options.log ? options.log : std::make_shared<EventStepLog>(*log_, kNoRun, name);
  const InputContext context({.upstream_output = OutputContextOf(
                                  *latest, {.name = options.output_name,
                                            .partitions = options.partitions,
                                            .io_manager_key = latest->io_manager.key,
                                            .asset = options.facts,
                                            .log = log,
                                            .resources = options.resources,
                                            .resource_config = options.resource_config}),
                              .definition_metadata = options.definition_metadata,
                              .resource_config = options.resource_config,
                              .host = options.host,
                              .log = log,
                              .resources = options.resources,
                              .instance = self_,
                              .request = options.request});
  return LoadBy(*manager, context);
}

Error Instance::NeverMaterialized(const AssetKey& key,
                                  const std::optional<std::string>& partition) const {
  const std::string name = key.ToUserString();
  ENTREPOT_ASSIGN_OR_RETURN(const auto assets, log_->Assets());
  std::vector<std::string> names, partitions;
  bool has_value = false;
  for (const AssetRecord& asset : assets) {
    names.push_back(asset.key.ToUserString());
    if (asset.key != key) continue;
    has_value = has_value || !asset.partition;
    if (asset.partition) partitions.push_back(*asset.partition);
  }
  if (!partition && !partitions.empty()) {
    return NotFound(
        "asset '{}' has partitions in {}, {} of them, such as '{}'; say which one to "
        "load "
        "(a partition key; --partition on the command line)",
        name, Describe(), partitions.size(), partitions.back());
  }
  if (partition && (has_value || !partitions.empty())) {
    return NotFound("partition '{}' of asset '{}' was never materialized in {}{}",
                    *partition, name, Describe(),
                    partitions.empty() ? "; the asset has no partitions there"
                                       : DidYouMean(*partition, partitions));
  }
  return NotFound("asset '{}' was never materialized in {}{}", name, Describe(),
                  DidYouMean(name, names));
}

std::shared_ptr<const OutputContext> OutputContextOf(
    const Materialization& materialization, OutputContext::Fields known) {
  known.step_key = materialization.step_key;
  known.run_id = materialization.run_id;
  known.asset_key = materialization.key;
  known.partition = materialization.partition;
  if (!materialization.receipts.empty())
    known.version = materialization.receipts.front().version;
  known.receipts = materialization.receipts;
  known.output_metadata = materialization.metadata;
  return std::make_shared<const OutputContext>(std::move(known));
}

}  // namespace entrepot
