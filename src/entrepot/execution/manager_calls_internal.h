#pragma once

/// \file entrepot/execution/manager_calls_internal.h
/// Calls of managers, which users write, too: what one throws is an error that says what
/// it was asked for.

#include <optional>

#include "entrepot/io/context.h"
#include "entrepot/io/io_manager.h"

namespace entrepot::internal {

/// Returns what a manager says that it is. `key` names it in messages.
Result<std::optional<IOManagerInfo>> InfoOf(const IOManager& manager,
                                            const std::string& key);

/// Stores by a manager. Managers of ours say themselves what they were doing.
Status StoreBy(IOManager& manager, OutputContext& context, const Value& value);

/// Loads by a manager, as StoreBy.
Result<Value> LoadBy(InputManager& manager, const InputContext& context);

}  // namespace entrepot::internal
