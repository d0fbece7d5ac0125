#include <algorithm>

#include "entrepot/cli/asset_lookup_internal.h"
#include "entrepot/nearest_name.h"

namespace entrepot::internal {

Error NeverMaterialized(Session& session, const Instance& instance, const AssetKey& key) {
  const std::string name = key.ToUserString();
  std::vector<std::string> names;
  if (const CheckedDefinitions* checked = session.TryDefinitions()) {
    if (checked->graph.Find(key)) {
      return NotFound("asset '{}' is defined, but was never materialized in {}; run: {}",
                      name, instance.Describe(),
                      session.Command(fmt::format("materialize --select '+{}'", name)));
    }
    names = checked->graph.KeyNames();
  }
  auto assets = instance.log().Assets();
  if (!assets) return assets.error();
  for (const AssetRecord& asset : *assets) names.push_back(asset.key.ToUserString());
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return NotFound("asset '{}' was never materialized in {}{}", name, instance.Describe(),
                  DidYouMean(name, names));
}

}  // namespace entrepot::internal
