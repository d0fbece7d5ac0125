#include "entrepot/events/event.h"

#include <array>

namespace entrepot {
namespace {

// In the order of the enums and of EventData.
constexpr std::array<std::string_view, 4> kRunStatuses = {"started", "success", "failure",
                                                          "interrupted"};
constexpr std::array<std::string_view, 6> kStepStatuses = {
    "started", "success", "failure", "retrying", "skipped", "interrupted"};
constexpr std::array<std::string_view, 8> kEventTypes = {
    "run_started",  "run_finished", "step_started",   "step_failed",
    "step_skipped", "materialized", "step_succeeded", "logged"};
static_assert(kEventTypes.size() == std::variant_size_v<EventData>);

}  // namespace

std::string_view ToString(RunStatus status) {
  return kRunStatuses[static_cast<size_t>(status)];
}

std::string_view ToString(StepStatus status) {
  return kStepStatuses[static_cast<size_t>(status)];
}

std::string_view EventTypeName(const EventData& data) {
  return kEventTypes[data.index()];
}

}  // namespace entrepot
