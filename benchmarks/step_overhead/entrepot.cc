/// \file benchmarks/step_overhead/entrepot.cc
/// What a step costs beside its work: `steps` assets that compute a number, by
/// ep::Materialize.
///
///   --shape independent|chain  --manager memory|filesystem  --log memory|fast|full
///   --steps N  --repeats N  --folder DIR

#include "entrepot/entrepot.h"

#include "benchmarks/measurement.h"

namespace ep = entrepot;
using namespace entrepot::benchmarks;

namespace {

std::string KeyOf(int i) { return fmt::format("step/{:04}", i); }

ep::Definitions MakeDefinitions(bool is_chain, int steps, const std::string& manager) {
  ep::Definitions definitions;
  for (int i = 0; i < steps; ++i) {
    ep::Asset asset(KeyOf(i));
    if (is_chain && i > 0) {
      definitions.Add(std::move(asset).Reads(KeyOf(i - 1)).Compute([](int before) {
        return before + 1;
      }));
    } else {
      definitions.Add(std::move(asset).Compute([i] { return i; }));
    }
  }
  if (manager == "memory") definitions.Bind("io_manager", ep::MemoryIOManagerFactory());
  return definitions;
}

std::shared_ptr<ep::Instance> OpenInstance(const std::string& log,
                                           const std::string& folder) {
  if (log == "memory") return OrFail(ep::Instance::Ephemeral());
  return OrFail(ep::Instance::Open(
      folder,
      {.durability = log == "fast" ? ep::Durability::kFast : ep::Durability::kFull}));
}

// In a chain, step i adds 1 to step i - 1's value, which was 0 at first: i either way.
void CheckRun(const ep::RunResult& run, ep::EventLog& log, int steps) {
  Check(run.success(), "the run failed");
  Check(static_cast<int>(run.steps().size()) == steps, "steps are missing");
  for (int i = 0; i < steps; ++i) {
    Check(OrFail(run.Output<int>(KeyOf(i))) == i, KeyOf(i));
  }
  const auto rows =
      OrFail(log.Materializations({.run_id = run.run_id(), .limit = 2 * steps}));
  Check(static_cast<int>(rows.size()) == steps, "the log lacks materializations");
  const auto records = OrFail(log.Steps(run.run_id()));
  Check(static_cast<int>(records.size()) == steps, "the log lacks steps");
  for (const ep::StepRecord& record : records) {
    Check(record.status == ep::StepStatus::kSuccess, record.step_key);
  }
}

// What another process would find.
void CheckStored(const std::string& folder, const std::string& run_id,
                 const std::string& manager, int steps) {
  const auto instance = OrFail(ep::Instance::Open(folder));
  const auto rows =
      OrFail(instance->log().Materializations({.run_id = run_id, .limit = 2 * steps}));
  Check(static_cast<int>(rows.size()) == steps, "the file of the log lacks rows");
  if (manager == "memory") return;
  for (int i = 0; i < steps; ++i) {
    Check(OrFail(instance->Load<int>(KeyOf(i))) == i, "stored " + KeyOf(i));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const bool is_chain = options.Text("shape") == "chain";
  const std::string manager = options.Text("manager", "memory");
  const std::string log = options.Text("log", "memory");
  const int steps = options.Number("steps", 1000);
  const int repeats = options.Number("repeats", 3);

  const ep::Definitions definitions = MakeDefinitions(is_chain, steps, manager);
  nlohmann::ordered_json seconds = nlohmann::ordered_json::array();
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const std::string folder = FreshFolder(options.Text("folder", "."), "instance");
    auto instance = OpenInstance(log, folder);
    const Timer timer;
    const ep::RunResult run =
        OrFail(ep::Materialize(definitions, {.instance = instance}));
    seconds.push_back(timer.seconds() / steps);
    CheckRun(run, instance->log(), steps);
    instance.reset();
    if (log != "memory") CheckStored(folder, run.run_id(), manager, steps);
  }
  Print({{"seconds_per_step", seconds}, {"steps", steps}, {"checked", true}});
  return 0;
}
