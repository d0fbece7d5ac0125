#include "entrepot/io/context.h"

#include "entrepot/io/partitions.h"

namespace entrepot {
namespace {

class NowhereLog final : public StepLog {
 public:
  void Write(LogLevel, std::string) override {}
};

const std::shared_ptr<const AssetFacts>& NoFacts() {
  static const auto facts = std::make_shared<const AssetFacts>();
  return facts;
}

const Resources& OrNone(const std::shared_ptr<const Resources>& resources) {
  static const Resources none;
  return resources ? *resources : none;
}

}  // namespace

StepLog& StepLog::Nowhere() {
  static NowhereLog log;
  return log;
}

void StepLog::WriteEvent(AssetEvent event) { Write(LogLevel::kInfo, ToString(event)); }

OutputContext::OutputContext(Fields fields) : fields_(std::move(fields)) {
  if (!fields_.asset) fields_.asset = NoFacts();
}

StepLog& OutputContext::log() const {
  return fields_.log ? *fields_.log : StepLog::Nowhere();
}

StepLog& InputContext::log() const {
  return fields_.log ? *fields_.log : StepLog::Nowhere();
}

const Resources& OutputContext::resources() const { return OrNone(fields_.resources); }
const Resources& InputContext::resources() const { return OrNone(fields_.resources); }

Status OutputContext::AddOutputMetadata(Metadata metadata) {
  const Status unique = CheckNames(metadata);
  if (!unique) return unique.error().While("adding metadata of " + Describe());
  for (const auto& [name, value] : metadata) {
    if (FindMetadata(logged_metadata_, name) != nullptr) {
      return Invalid("metadata '{}' of {} was already added", name, Describe());
    }
  }
  for (auto& [name, value] : metadata) {
    SetMetadata(fields_.output_metadata, name, value);
    logged_metadata_.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

Status OutputContext::LogEvent(AssetEvent event) {
  ENTREPOT_RETURN_IF_ERROR(CheckNames(event.metadata));
  logged_events_.push_back(event);
  log().WriteEvent(std::move(event));
  return {};
}

void OutputContext::DropUnusedVersion() {
  if (fields_.receipts.empty()) fields_.version.clear();
}

std::vector<std::string> OutputContext::Identifier() const {
  return {fields_.run_id, fields_.step_key, fields_.name};
}

Result<std::vector<std::string>> OutputContext::AssetIdentifier() const {
  if (!fields_.asset_key) return Invalid("{} is not an asset", Describe());
  std::vector<std::string> identifier = fields_.asset_key->path();
  if (fields_.partition) identifier.push_back(*fields_.partition);
  return identifier;
}

InputContext::InputContext(Fields fields) : fields_(std::move(fields)) {
  const auto& upstream = fields_.upstream_output;
  if (upstream && !fields_.asset_key) fields_.asset_key = upstream->asset_key();
  if (upstream && upstream->partition() && !fields_.partition_outputs)
    fields_.partition_outputs = {upstream};
  if (!fields_.partition_outputs) return;
  for (const auto& output : *fields_.partition_outputs)
    partition_keys_.push_back(output->partition().value());
}

const OutputContext& InputContext::upstream_output() const {
  if (fields_.upstream_output) return *fields_.upstream_output;
  throw ErrorException(
      fields_.partition_outputs
          ? Invalid(
                "{}: several partitions are read, or none, so there is no one upstream "
                "output; LoadPartitions (io/partitions.h) loads each by itself",
                Describe())
          : Invalid("nothing makes {}, so there is no upstream output", Describe()));
}

Result<std::vector<std::string>> InputContext::Identifier() const {
  if (!fields_.upstream_output)
    return Invalid("{} comes from no step's output, which could identify it", Describe());
  return fields_.upstream_output->Identifier();
}

Result<std::vector<std::string>> InputContext::AssetIdentifier() const {
  if (!fields_.asset_key) return Invalid("{} is not an asset", Describe());
  std::vector<std::string> identifier = fields_.asset_key->path();
  if (partition_keys_.size() == 1) identifier.push_back(partition_keys_.front());
  return identifier;
}

Status InputContext::AddInputMetadata(Metadata metadata,
                                      const std::string& description) const {
  ENTREPOT_RETURN_IF_ERROR(CheckNames(metadata));
  if (!fields_.asset_key) {
    log().Info("{}{}{}: {}", Describe(), description.empty() ? "" : ", ", description,
               ToString(metadata));
    return {};
  }
  AssetEvent event{.key = *fields_.asset_key,
                   .description = description,
                   .metadata = std::move(metadata)};
  std::vector<std::optional<std::string>> partitions = {std::nullopt};
  if (has_asset_partitions())
    partitions.assign(partition_keys_.begin(), partition_keys_.end());
  for (auto& partition : partitions) {
    event.partition = std::move(partition);
    observations_.push_back(event);
    log().WriteEvent(event);
  }
  return {};
}

InputContext InputContext::OfPartition(size_t index) const {
  Fields fields = fields_;
  fields.upstream_output = fields_.partition_outputs->at(index);
  fields.partition_outputs = {fields.upstream_output};
  fields.request.by_key = false;
  // Whoever reads them one by one says what becomes of those that are missing.
  std::erase_if(fields.definition_metadata,
                [](const auto& entry) { return entry.first == kAllowMissingPartitions; });
  return InputContext(std::move(fields));
}

std::string InputContext::Describe() const {
  if (fields_.upstream_output) return fields_.upstream_output->Describe();
  if (fields_.asset_key)
    return fmt::format("asset '{}'", fields_.asset_key->ToUserString());
  return fmt::format("input '{}' of '{}'", fields_.name, fields_.step_key);
}

std::string OutputContext::Describe() const {
  if (!fields_.asset_key) {
    return fmt::format("output '{}' of step '{}'", fields_.name, fields_.step_key);
  }
  std::string text = fmt::format("asset '{}'", fields_.asset_key->ToUserString());
  if (fields_.partition) text += fmt::format(" (partition '{}')", *fields_.partition);
  return text;
}

}  // namespace entrepot
