#pragma once

/// \file entrepot/io/input_context_for_test.h
/// What the tests of input managers share: contexts of inputs that no step makes.

#include <mutex>
#include <string>
#include <vector>

#include "entrepot/io/context.h"

namespace entrepot {

/// Keeps what is logged. Safe for concurrent use.
class KeptLines final : public StepLog {
 public:
  void Write(LogLevel, std::string message) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(message));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// The fields of input "rows" of step "report", which reads the asset `key`.
inline InputContext::Fields InputOf(const std::string& key) {
  return {
      .name = "rows", .step_key = "report", .asset_key = AssetKey::Parse(key).value()};
}

/// The same of an asset with partitions, of which `partitions` are read.
inline InputContext::Fields InputOf(const std::string& key,
                                    const std::vector<std::string>& partitions) {
  InputContext::Fields fields = InputOf(key);
  fields.partition_outputs.emplace();
  for (const std::string& partition : partitions) {
    fields.partition_outputs->push_back(std::make_shared<const OutputContext>(
        OutputContext::Fields{.asset_key = fields.asset_key, .partition = partition}));
  }
  return fields;
}

}  // namespace entrepot
