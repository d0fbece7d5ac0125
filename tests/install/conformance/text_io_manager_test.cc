#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <entrepot/entrepot.h>
#include <entrepot/testing/io_manager_conformance.h>

/// Keeps the texts of assets in memory. Safe for concurrent use.
class TextIOManager final : public entrepot::IOManager {
 public:
  entrepot::Status HandleOutput(entrepot::OutputContext& context,
                                const entrepot::Value& value) override {
    ENTREPOT_ASSIGN_OR_RETURN(const auto text, entrepot::FromValue<std::string>(value));
    const std::lock_guard lock(mutex_);
    texts_.insert_or_assign(context.asset_key().value(), text);
    return {};
  }

  entrepot::Result<entrepot::Value> LoadInput(
      const entrepot::InputContext& context) override {
    const std::lock_guard lock(mutex_);
    const auto found = texts_.find(context.asset_key().value());
    if (found == texts_.end()) {
      return entrepot::NotFound("there is no text of {}",
                                context.upstream_output().Describe());
    }
    return entrepot::ToValue(found->second);
  }

 private:
  std::mutex mutex_;
  std::map<entrepot::AssetKey, std::string> texts_;
};

const bool registered_manager = [] {
  using entrepot::ToValue;
  entrepot::testing::RegisterIOManagerConformance({
      .name = "Text",
      .make = [] { return std::make_shared<TextIOManager>(); },
      .values = {ToValue(std::string("one")).value(), ToValue(std::string()).value()},
      .takes_partitions = false,
      .takes_op_outputs = false,
  });
  return true;
}();
