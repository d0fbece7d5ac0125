#pragma once

/// \file entrepot/config/place_internal.h
/// Where in a configuration a check is, and the faults it has found.

#include <string>
#include <string_view>
#include <vector>

#include "entrepot/config/config_tree.h"

namespace entrepot {

/// One value's place. Plain data.
struct ConfigPlace {
  std::string label = "root";
  ConfigTree::Pointer pointer{};
  bool is_secret = false;

  ConfigPlace Field(const std::string& name, bool is_secret_field) const {
    return {label + ":" + name, pointer / name, is_secret || is_secret_field};
  }
  ConfigPlace Key(const std::string& name) const {
    return {label + ":'" + name + "'", pointer / name, is_secret};
  }
  ConfigPlace Element(size_t index) const {
    return {label + "[" + std::to_string(index) + "]", pointer / index, is_secret};
  }
};

/// Collects faults and makes one error of them. One thread at a time.
class ConfigFaults {
 public:
  void Add(std::string fault) { faults_.push_back(std::move(fault)); }
  bool empty() const { return faults_.empty(); }

  Error ToError(std::string_view owner) const {
    constexpr size_t kShown = 50;
    if (faults_.size() == 1) return Invalid("config of {}: {}", owner, faults_.front());
    std::string text = fmt::format("config of {} has {} faults:", owner, faults_.size());
    for (size_t i = 0; i < faults_.size() && i < kShown; ++i) text += "\n  " + faults_[i];
    if (faults_.size() > kShown)
      text += fmt::format("\n  and {} more", faults_.size() - kShown);
    return Error(ErrorCode::kInvalid, std::move(text));
  }

 private:
  std::vector<std::string> faults_;
};

}  // namespace entrepot
