#include <algorithm>

#include <fmt/format.h>

#include "entrepot/cli/asset_lookup_internal.h"
#include "entrepot/cli/shell_word_internal.h"
#include "entrepot/nearest_name.h"

namespace entrepot::internal {
namespace {

/// Returns the selection of an asset and all upstream. '?', which stands for any
/// character, takes the place of those that a selection reads otherwise.
std::string SelectionUpTo(std::string name) {
  for (char& c : name) {
    const bool separates = c == ',' || c == ' ' || c == '\t' || c == '\n';
    if (separates) c = '?';
  }
  for (char* end : {&name.front(), &name.back()}) {
    if (*end == '+') *end = '?';
  }
  return "+" + name;
}

/// Says how to name a partition that was given as `ls` writes it: "visits[2024-01-02]".
std::string HowToNameThePartition(const std::string& name,
                                  const std::vector<AssetRecord>& assets) {
  for (const AssetRecord& asset : assets) {
    if (!asset.partition) continue;
    const std::string key = asset.key.ToUserString();
    if (name == fmt::format("{}[{}]", key, *asset.partition))
      return fmt::format("; write {} --partition {}", ShellWord(key),
                         ShellWord(*asset.partition));
  }
  return "";
}

}  // namespace

Error NeverMaterialized(Session& session, const Instance& instance, const AssetKey& key,
                        const std::optional<std::string>& partition) {
  const std::string name = key.ToUserString();
  std::vector<std::string> names;
  auto assets = instance.log().Assets();
  if (!assets) return assets.error();
  if (std::ranges::find(*assets, key, &AssetRecord::key) != assets->end())
    return instance.NeverMaterialized(key, partition);  // Others of its partitions were.
  if (const CheckedDefinitions* checked = session.TryDefinitions()) {
    if (checked->graph.Find(key)) {
      return NotFound("asset '{}' is defined, but was never materialized in {}; run: {}",
                      name, instance.Describe(),
                      session.Command({"materialize", "--select", SelectionUpTo(name)}));
    }
    names = checked->graph.KeyNames();
  }
  for (const AssetRecord& asset : *assets) names.push_back(asset.key.ToUserString());
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  std::string hint = HowToNameThePartition(name, *assets);
  if (hint.empty()) hint = DidYouMean(name, names);
  return NotFound("asset '{}' was never materialized in {}{}", name, instance.Describe(),
                  hint);
}

}  // namespace entrepot::internal
