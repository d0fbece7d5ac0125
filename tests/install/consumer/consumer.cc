// Runs a graph with a manager of its own and a filesystem manager, from the installed package.
#include <cstdio>
#include <map>
#include <mutex>

#include "entrepot/entrepot.h"

namespace ep = entrepot;

namespace {

/// Keeps texts in reverse.
class ReversingIOManager final : public ep::IOManager {
 public:
  ep::Status HandleOutput(ep::OutputContext& context, const ep::Value& value) override {
    ENTREPOT_ASSIGN_OR_RETURN(const auto text, ep::FromValue<std::string>(value));
    const std::lock_guard lock(mutex_);
    values_[context.asset_key()->ToUserString()] = {text.rbegin(), text.rend()};
    return {};
  }

  ep::Result<ep::Value> LoadInput(const ep::InputContext& context) override {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(context.asset_key()->ToUserString());
    if (found == values_.end()) return ep::NotFound("nothing was stored");
    return ep::ToValue(found->second);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> values_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  ep::Definitions defs;
  defs.Add(ep::Asset("word").IOManagerKey("reversing").Compute([] { return std::string("stressed"); }));
  defs.Add(ep::Asset("reversed").Reads("word").Compute([](std::string word) { return word; }));
  defs.Bind("reversing", std::shared_ptr<ep::IOManager>(std::make_shared<ReversingIOManager>()));
  const auto instance = ep::Instance::Open(argv[1]).value();
  const auto result = ep::Materialize(defs, {.instance = instance}).value();
  result.ToStatus().value();
  const auto loaded = instance->Load<std::string>("reversed").value();
  std::printf("%s\n", loaded.c_str());
  return loaded == "desserts" ? 0 : 1;
}
