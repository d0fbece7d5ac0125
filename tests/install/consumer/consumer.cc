// A program of somebody else's, over the installed package:
//
//   consumer HOME            runs a graph with a manager of its own and the default one
//   consumer HOME load KEY   prints the rows of a table that somebody else stored
#include <cstdio>
#include <map>
#include <mutex>

#include <arrow/api.h>

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

ep::TablePtr Prices() {
  arrow::DoubleBuilder prices;
  (void)prices.AppendValues({4.5, 80.0});
  return arrow::Table::Make(arrow::schema({arrow::field("price", arrow::float64())}),
                            {prices.Finish().ValueOrDie()});
}

int Make(const std::shared_ptr<ep::Instance>& instance) {
  ep::Definitions defs;
  defs.Add(ep::Asset("word").IOManagerKey("reversing").Compute([] {
    return std::string("stressed");
  }));
  defs.Add(
      ep::Asset("reversed").Reads("word").Compute([](std::string word) { return word; }));
  defs.Add(ep::Asset("cpp/prices").Compute(&Prices));
  defs.Bind("reversing", std::make_shared<ReversingIOManager>());
  ep::Materialize(defs, {.instance = instance}).value().ToStatus().value();
  const auto loaded = instance->Load<std::string>("reversed").value();
  std::printf("%s\n", loaded.c_str());
  return loaded == "desserts" ? 0 : 1;
}

int Load(ep::Instance& instance, const std::string& key) {
  const auto table = instance.Load<ep::TablePtr>(key).value();
  std::printf("%s", table->ToString().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) return 2;
  const auto instance = ep::Instance::Open(argv[1]).value();
  return argc == 2 ? Make(instance) : Load(*instance, argv[3]);
}
