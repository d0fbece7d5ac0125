#pragma once

/// \file python/src/step_log.h
/// What steps log, and Python's own logging.

#include <functional>
#include <string>

#include "entrepot/log_level.h"

namespace entrepot::python {

/// Returns what passes a step's lines on to Python's logger "entrepot", for
/// MaterializeOptions::on_log. Needs Python's lock only while it is called, which it
/// takes itself.
std::function<void(const std::string& step_key, LogLevel, const std::string&)>
LogForwarder();

}  // namespace entrepot::python
