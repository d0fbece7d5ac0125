#include "entrepot/execution/manager_calls_internal.h"

#include "entrepot/user_code.h"

namespace entrepot::internal {
namespace {

Error Saying(const Error& error, std::string doing) {
  return error.context().empty() ? error.While(std::move(doing)) : error;
}

}  // namespace

Result<std::optional<IOManagerInfo>> InfoOf(const IOManager& manager,
                                            const std::string& key) {
  auto info =
      CallUserCode([&] { return Result<std::optional<IOManagerInfo>>(manager.Info()); });
  if (!info)
    return info.error().While(fmt::format("asking what I/O manager '{}' is", key));
  return info;
}

Status StoreBy(IOManager& manager, OutputContext& context, const Value& value) {
  const Status stored =
      CallUserCode([&] { return manager.HandleOutput(context, value); });
  if (!stored) return Saying(stored.error(), "storing " + context.Describe());
  return {};
}

Result<Value> LoadBy(InputManager& manager, const InputContext& context) {
  auto value = CallUserCode([&] { return manager.LoadInput(context); });
  if (!value) return Saying(value.error(), "loading " + context.Describe());
  return value;
}

}  // namespace entrepot::internal
