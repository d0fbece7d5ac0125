#pragma once

/// \file entrepot/io/step_log.h
/// Where a step's own lines go.

#include <string>
#include <utility>

#include <fmt/format.h>

#include "entrepot/asset/asset_event.h"
#include "entrepot/log_level.h"

namespace entrepot {

/// Takes the lines that user code and managers log, and what they say of assets. Safe for
/// concurrent use.
class StepLog {
 public:
  virtual ~StepLog() = default;

  virtual void Write(LogLevel level, std::string message) = 0;

  /// Takes what was said of an asset. A log that keeps lines only gets a line of it.
  virtual void WriteEvent(AssetEvent event);

  template <typename... Args>
  void Debug(fmt::format_string<Args...> format, Args&&... args) {
    Write(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void Info(fmt::format_string<Args...> format, Args&&... args) {
    Write(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void Warning(fmt::format_string<Args...> format, Args&&... args) {
    Write(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void Error(fmt::format_string<Args...> format, Args&&... args) {
    Write(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
  }

  /// A log that forgets. Never dies.
  static StepLog& Nowhere();
};

}  // namespace entrepot
