#pragma once

/// \file entrepot/io/memory_io_manager.h
/// Values kept in memory, shared with their consumers, gone with the manager.

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "entrepot/io/io_manager.h"

namespace entrepot {

/// Keeps each output's last value: consumers get the very object that was stored
/// (streams, which are read once, excepted: they are read into a table). Of a file or
/// folder it keeps the path: a temporary lives as long as it is kept, and what is no
/// temporary stays what its owner makes of it. An asset is found by key and partition,
/// another output by run, step and name. Safe for concurrent use.
class MemoryIOManager final : public IOManager {
 public:
  ~MemoryIOManager() override;

  Status HandleOutput(OutputContext& context, const Value& value) override;
  Result<Value> LoadInput(const InputContext& context) override;
  std::optional<IOManagerInfo> Info() const override;
  Result<bool> Has(const OutputContext& output) override;

 private:
  Result<Value> LoadOne(const InputContext& context);  // Of one partition.
  std::mutex mutex_;
  // By identifier; under mutex_. Values may need foreign locks to die, so they are moved
  // out before they do.
  std::unordered_map<std::string, Value> values_;
};

}  // namespace entrepot
