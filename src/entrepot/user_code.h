#pragma once

/// \file entrepot/user_code.h
/// Calls of what users wrote, who may throw.

#include <exception>

#include "entrepot/error.h"

namespace entrepot {

/// Returns what `call`, which returns a Status or Result, does; what it throws becomes an
/// error of kUserCode.
template <typename Call>
auto CallUserCode(Call&& call) -> decltype(call()) {
  try {
    return call();
  } catch (...) {
    return Error::FromException(std::current_exception());
  }
}

}  // namespace entrepot
