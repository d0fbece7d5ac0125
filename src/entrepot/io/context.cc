#include "entrepot/io/context.h"

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

std::vector<std::string> OutputContext::Identifier() const {
  return {fields_.run_id, fields_.step_key, fields_.name};
}

Result<std::vector<std::string>> OutputContext::AssetIdentifier() const {
  if (!fields_.asset_key) return Invalid("{} is not an asset", Describe());
  std::vector<std::string> identifier = fields_.asset_key->path();
  if (fields_.partition) identifier.push_back(*fields_.partition);
  return identifier;
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
