#include "entrepot/asset/static_partitions.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace entrepot {
namespace {

bool IsUtf8(std::string_view text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

bool IsForbidden(char c) { return c == '\0' || (c >= '\a' && c <= '\r'); }

}  // namespace

Status CheckPartitionKeyText(std::string_view key) {
  if (key.empty()) return Invalid("a partition key is empty");
  if (key.find("...") != std::string_view::npos) {
    return Invalid("partition key has '...', which separates the ends of a range: '{}'",
                   key);
  }
  const auto bad = std::ranges::find_if(key, IsForbidden);
  if (bad != key.end()) {
    return Invalid("partition key has the control character 0x{:02X} at byte {}: '{}'",
                   static_cast<int>(*bad), bad - key.begin(),
                   key.substr(0, static_cast<size_t>(bad - key.begin())));
  }
  if (!IsUtf8(key)) return Invalid("partition key is not UTF-8");
  return {};
}

Result<StaticPartitions> StaticPartitions::Make(std::vector<std::string> keys) {
  auto state = std::make_shared<State>();
  state->keys = std::move(keys);
  state->numbers.reserve(state->keys.size());
  for (const std::string& key : state->keys) {
    ENTREPOT_RETURN_IF_ERROR(CheckPartitionKeyText(key));
    const auto number = static_cast<std::int64_t>(&key - state->keys.data());
    if (!state->numbers.emplace(key, number).second) {
      return Invalid("partition keys must be unique; '{}' is there twice", key);
    }
  }
  return StaticPartitions(std::move(state));
}

std::optional<std::int64_t> StaticPartitions::NumberOf(std::string_view key) const {
  const auto found = state_->numbers.find(key);
  if (found == state_->numbers.end()) return std::nullopt;
  return found->second;
}

std::string StaticPartitions::Describe() const {
  constexpr size_t kShown = 3;
  if (keys().empty()) return "no static keys";
  std::string text = "static keys";
  for (size_t i = 0; i < std::min(kShown, keys().size()); ++i) {
    text += fmt::format("{} '{}'", i == 0 ? "" : ",", keys()[i]);
  }
  if (keys().size() > kShown) text += fmt::format(" and {} more", keys().size() - kShown);
  return text;
}

}  // namespace entrepot
