#include "entrepot/config/fields.h"

#include <algorithm>

#include "entrepot/nearest_name.h"

namespace entrepot::internal {

using Json = nlohmann::ordered_json;

Result<Json> ParseConfig(std::string_view owner, std::string_view json,
                         std::span<const FieldInfo> fields) {
  Json config = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object())
    return Invalid("config of {} must be an object of fields", owner);
  std::vector<std::string> names;
  for (const FieldInfo& field : fields) names.push_back(field.name);
  for (const auto& [name, value] : config.items()) {
    if (std::ranges::find(names, name) == names.end()) {
      return Invalid("config of {} has no field '{}'{}", owner, name,
                     DidYouMean(name, names));
    }
  }
  return config;
}

Error WrongField(std::string_view owner, const FieldInfo& field, const Json& given) {
  return Invalid("config of {}: field '{}' must be {}, not {}", owner, field.name,
                 field.type, given.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace entrepot::internal
