#include "entrepot/log_level.h"

#include <array>

namespace entrepot {

std::string_view ToString(LogLevel level) {
  // In the order of LogLevel.
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning",
                                                      "error"};
  return kNames[static_cast<size_t>(level)];
}

}  // namespace entrepot
