#pragma once

/// \file entrepot/io/input_metadata_internal.h
/// What metadata tells an input manager.

#include <optional>
#include <string>
#include <string_view>

#include "entrepot/io/context.h"
#include "entrepot/result.h"

namespace entrepot {

/// Returns the text of the entry `name`: the input's own, else the upstream asset's.
///
/// Errors: kInvalid  it is not text
Result<std::optional<std::string>> TextInMetadata(const InputContext& context,
                                                  std::string_view name);

}  // namespace entrepot
