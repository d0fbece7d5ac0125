/// \file benchmarks/plan/entrepot.cc
/// From the definitions of many assets to a plan of what a run would do; nothing is run.
///
///   --shape chain|wide|random  --assets N  --repeats N

#include "entrepot/entrepot.h"

#include <numeric>
#include <random>

#include "benchmarks/measurement.h"
#include "entrepot/graph/plan.h"
#include "entrepot/graph/selection.h"

namespace ep = entrepot;
using namespace entrepot::benchmarks;

namespace {

std::string KeyOf(int asset) {
  return fmt::format("group_{:02}/asset_{:06}", asset % 50, asset);
}

/// What asset number `asset` reads: the one before; or number 0; or two earlier ones.
/// graph_shape.py has "random" for Python.
std::vector<int> SourcesOf(const std::string& shape, int asset) {
  if (asset == 0) return {};
  if (shape == "chain") return {asset - 1};
  if (shape == "wide" || asset == 1) return {0};
  const std::int64_t number = asset;
  const auto first = static_cast<int>(number * 2'654'435'761 / 256 % number);
  const auto second = static_cast<int>(number * 40'503 / 16 % number);
  return {first, second == first ? (first + 1) % asset : second};
}

ep::Asset MakeAsset(const std::string& shape, int asset) {
  const std::vector<int> sources = SourcesOf(shape, asset);
  switch (sources.size()) {
    case 0:
      return ep::Asset(KeyOf(asset)).Compute([] { return 0; });
    case 1:
      return ep::Asset(KeyOf(asset)).Reads(KeyOf(sources[0])).Compute([](int a) {
        return a + 1;
      });
    default:
      return ep::Asset(KeyOf(asset))
          .Reads(KeyOf(sources[0]), KeyOf(sources[1]))
          .Compute([](int a, int b) { return a + b; });
  }
}

/// The order in which the assets are declared: any.
std::vector<int> Shuffled(int assets) {
  std::vector<int> order(static_cast<size_t>(assets));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::shuffle(order, std::mt19937(7));
  return order;
}

// Each step once, after all that it needs, with the right inputs.
void CheckPlan(const ep::Plan& plan, const std::string& shape, int assets) {
  Check(static_cast<int>(plan.steps.size()) == assets, "steps are missing");
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const ep::PlannedStep& step = plan.steps[i];
    const int asset = std::stoi(step.outputs[0].key->name().substr(6));
    const std::vector<int> sources = SourcesOf(shape, asset);
    Check(step.inputs.size() == sources.size(), "inputs are missing");
    for (size_t k = 0; k < sources.size(); ++k) {
      const auto& makers = step.inputs[k].makers;
      Check(makers.size() == 1 && makers[0].step < i,
            "a step comes before what it needs");
      Check(plan.steps[makers[0].step].step_key == KeyOf(sources[k]),
            "an input is another's");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const std::string shape = options.Text("shape", "random");
  const int assets = options.Number("assets", 100'000);
  nlohmann::ordered_json define = nlohmann::ordered_json::array();
  nlohmann::ordered_json graph = nlohmann::ordered_json::array();
  nlohmann::ordered_json plan = nlohmann::ordered_json::array();
  const std::vector<int> order = Shuffled(assets);
  for (int repeat = 0; repeat < options.Number("repeats", 3); ++repeat) {
    const Timer defining;
    ep::Definitions definitions;
    for (const int asset : order) definitions.Add(MakeAsset(shape, asset));
    define.push_back(defining.seconds());
    const Timer checking;
    const ep::StepGraph checked = OrFail(definitions.Graph());
    graph.push_back(checking.seconds());
    const Timer planning;
    const ep::Plan planned =
        OrFail(ep::MakePlan(checked, OrFail(ep::SelectAssets(checked, ""))));
    plan.push_back(planning.seconds());
    CheckPlan(planned, shape, assets);
  }
  Print({{"define_seconds", define},
         {"check_seconds", graph},
         {"plan_seconds", plan},
         {"checked", true}});
  return 0;
}
