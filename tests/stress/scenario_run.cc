#include "scenario_run.h"

#include <thread>

#include "comparison.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/testing/temporary_folder.h"
#include "witness.h"

namespace entrepot::stress {
namespace {

/// Where a scenario's runs keep their values and their log.
struct Home {
  explicit Home(const Scenario& scenario) {
    const InstanceOptions fast{.durability = Durability::kFast};
    const size_t num_steps = scenario.steps.size();
    instance = scenario.logged_in == LoggedIn::kSqlite
                   ? Instance::Open(folder.path() + "/home", fast).value()
                   : Instance::Ephemeral(fast).value();
    switch (scenario.kept_in) {
      case KeptIn::kCountedMemory:
        live = std::make_shared<LiveValues>(num_steps);
        manager = std::make_shared<CountedIOManager>(live, num_steps);
        break;
      case KeptIn::kMemory:
        manager = std::make_shared<MemoryIOManager>();
        break;
      case KeptIn::kFiles:
        manager = instance->DefaultIOManager().value();
        break;
    }
  }

  const testing::TemporaryFolder folder;
  std::shared_ptr<Instance> instance;
  std::shared_ptr<LiveValues> live;  // Null: they are not counted.
  std::shared_ptr<IOManager> manager;
};

MaterializeOptions OptionsOf(const Scenario& scenario,
                             const std::vector<ExpectedStep>& model, const Home& home,
                             Witness& witness) {
  MaterializeOptions options{
      .instance = home.instance,
      .stop = witness.stop().get_token(),
      .poll = [&witness] { return witness.Poll(); },
      .max_workers = scenario.workers,
      .keep_bytes = scenario.result_keeps_values ? 16 << 20 : 0,
      .on_progress =
          [&witness](const RunProgress& progress) { witness.OnProgress(progress); }};
  const size_t one =
      scenario.selected.empty() ? 0 : scenario.selected.front() % scenario.steps.size();
  switch (scenario.selects) {
    case Selects::kEverything:
      break;
    case Selects::kSomeKeys:
      for (size_t i = 0; i < model.size(); ++i) {
        if (model[i].is_selected) {
          options.keys.push_back(AssetKey::Parse(StepName(i)).value());
        }
      }
      break;
    case Selects::kUpstreamOfOne:
      options.select = "+" + StepName(one);
      break;
    case Selects::kDownstreamOfOne:
      options.select = StepName(one) + "+";
      break;
  }
  return options;
}

/// Runs a scenario and compares with what it must come to as `judged_as`.
void RunOnce(const Scenario& scenario, const Scenario& judged_as,
             const std::vector<ExpectedStep>& model, const Home& home, Faults& faults) {
  const auto witness = std::make_shared<Witness>(scenario, model, home.live, faults);
  const Definitions definitions = witness->Define(home.manager);
  std::jthread timer;
  if (scenario.stopped_by == StoppedBy::kTimer) {
    timer = std::jthread([&] {
      std::this_thread::sleep_for(scenario.stopped_after);
      witness->stop().request_stop();
    });
  }
  const auto result =
      Materialize(definitions, OptionsOf(scenario, model, home, *witness));
  if (!result) {
    faults.Add("the run failed: {}", result.error().ToString());
    return;
  }
  CompareResult(judged_as, model, *result, *witness, faults);
  CompareLog(model, *result, faults);
}

}  // namespace

std::vector<std::string> FaultsOf(const Scenario& scenario, const Scenario& judged_as) {
  Faults faults;
  std::shared_ptr<LiveValues> live;
  {
    const Home home(scenario);
    live = home.live;
    std::vector<ExpectedStep> before;
    if (scenario.selects != Selects::kEverything) {
      const Scenario calm = Calm(scenario);
      before = Expect(calm, 1);
      RunOnce(calm, calm, before, home, faults);
    }
    RunOnce(scenario, judged_as, Expect(judged_as, 2, before), home, faults);
  }
  if (live && live->total() > 0) faults.Add("{} values outlived the run", live->total());
  return faults.Take();
}

std::vector<std::string> FaultsOf(const Scenario& scenario) {
  return FaultsOf(scenario, scenario);
}

}  // namespace entrepot::stress
