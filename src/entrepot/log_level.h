#pragma once

/// \file entrepot/log_level.h
/// How much a line of a log matters.

#include <string_view>

namespace entrepot {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Returns "debug", "info", "warning" or "error".
std::string_view ToString(LogLevel level);

}  // namespace entrepot
