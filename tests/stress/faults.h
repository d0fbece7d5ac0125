#pragma once

/// \file tests/stress/faults.h
/// What was not as it must be.

#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace entrepot::stress {

/// The name of step `step`, which is its asset's key.
inline std::string StepName(size_t step) { return fmt::format("s{}", step); }

/// Collects sentences; the first ones are enough. Safe for concurrent use, and takes no
/// lock while all is well, so that it hides no race from the thread sanitizer.
class Faults {
 public:
  template <typename... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    const std::lock_guard lock(mutex_);
    if (sentences_.size() < 20) {
      sentences_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
  }

  std::vector<std::string> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(sentences_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> sentences_;
};

}  // namespace entrepot::stress
