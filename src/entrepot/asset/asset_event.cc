#include "entrepot/asset/asset_event.h"

#include <fmt/format.h>

namespace entrepot {

std::string ToString(const AssetEvent& event) {
  const bool is_observed = event.kind == AssetEvent::Kind::kObservation;
  std::string text =
      fmt::format("{} asset '{}'", is_observed ? "observed" : "materialized",
                  event.key.ToUserString());
  if (event.partition) text += fmt::format(" (partition '{}')", *event.partition);
  if (!event.description.empty()) text += ", " + event.description;
  return event.metadata.empty() ? text : text + ": " + ToString(event.metadata);
}

}  // namespace entrepot
