/// \file
/// Assets of every kind of value and of every fault, for tests of the command line;
/// pipeline.py has the same. In the environment:
///
///   PIPELINE_DEFINITIONS  "throw" or "cycle": what is the matter with the definitions;
///                         "sound": leave out the assets that fail
///   PIPELINE_GATE         a path: step slow/first makes the file <path>.began, and ends
///                         when there is a file <path>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <arrow/api.h>

#include "entrepot/entrepot.h"

namespace {

using entrepot::Asset;
using entrepot::AssetKey;
using entrepot::Definitions;
using entrepot::Error;
using entrepot::ErrorCode;
using entrepot::MetadataValue;
using entrepot::StepContext;
using entrepot::TablePtr;
using Json = nlohmann::json;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Twenty flights, with a null, a name that is wide, and one that is not for terminals.
TablePtr Flights() {
  arrow::StringBuilder carriers;
  arrow::DoubleBuilder delays;
  for (int i = 0; i < 20; ++i) {
    const char* carrier = i == 1 ? "東京" : i == 2 ? "a\n\x1b[31m" : "UA";
    const bool is_known = i != 3;
    if (!carriers.Append(carrier).ok()) throw std::bad_alloc();
    if (!(is_known ? delays.Append(i / 4.0) : delays.AppendNull()).ok())
      throw std::bad_alloc();
  }
  return arrow::Table::Make(
      arrow::schema({arrow::field("carrier", arrow::utf8()),
                     arrow::field("dep_delay", arrow::float64())}),
      {carriers.Finish().ValueOrDie(), delays.Finish().ValueOrDie()});
}

std::string Describe(StepContext& step) {
  step.log().Info("describing");
  step.log().Warning("two\nlines \x1b[31m");
  step.AddOutputMetadata({{"null", MetadataValue()},
                          {"text", "a\nb"},
                          {"int", 7},
                          {"float", 0.5},
                          {"nan", std::nan("")},
                          {"bool", true},
                          {"path", MetadataValue::Path("/data/x")},
                          {"url", MetadataValue::Url("https://example.com")},
                          {"json", MetadataValue::Json(R"({"a": [1]})")},
                          {"md", MetadataValue::Markdown("# Title")}});
  return "plain";
}

void AddValues(Definitions& definitions) {
  definitions.Add(Asset("raw/flights").Group("raw").Compute(Flights));
  definitions.Add(Asset("daily_delays")
                      .Group("values")
                      .Describe("Delays of each day.")
                      .CodeVersion("1")
                      .Reads("raw/flights")
                      .Compute([](const TablePtr& flights) { return flights; }));
  definitions.Add(Asset("text").Group("values").Compute(Describe));
  definitions.Add(Asset("json").Group("values").Compute(
      [] { return Json{{"a", {1, 2.5, nullptr}}, {"é", true}}; }));
  definitions.Add(Asset("bytes").Group("values").Compute(
      [] { return arrow::Buffer::FromString(std::string(40, '\x01') + "end"); }));
  definitions.Add(Asset("tensor").Group("values").Compute([] {
    return entrepot::Tensor::FromElements<double>(
        std::vector<double>{1, 2.5, std::nan(""), 4, 5, 1e300}, {2, 3});
  }));
  definitions.Add(Asset("nothing").Group("values").Compute([] {}));
  definitions.Add(Asset(AssetKey::Make({"odd", "a/b", "..", "it's [x]=*\n"}).value())
                      .Group("values")
                      .Compute([] { return 1; }));
}

void AddFault(Definitions& definitions, const std::string& name, ErrorCode code) {
  definitions.Add(
      Asset("faults/" + name).Group("faults").Compute([code]() -> entrepot::Result<int> {
        return Error(code, "as the test wants it\nwith a second line");
      }));
}

void AddFaults(Definitions& definitions) {
  AddFault(definitions, "invalid", ErrorCode::kInvalid);
  AddFault(definitions, "not_found", ErrorCode::kNotFound);
  AddFault(definitions, "conflict", ErrorCode::kConflict);
  AddFault(definitions, "corrupt", ErrorCode::kCorrupt);
  AddFault(definitions, "permission", ErrorCode::kPermission);
  AddFault(definitions, "unavailable", ErrorCode::kUnavailable);
  AddFault(definitions, "outcome_unknown", ErrorCode::kOutcomeUnknown);
  AddFault(definitions, "unsupported", ErrorCode::kUnsupported);
  AddFault(definitions, "cancelled", ErrorCode::kCancelled);
  AddFault(definitions, "internal", ErrorCode::kInternal);
  definitions.Add(Asset("faults/user_code")
                      .Group("faults")
                      .Retry({.max_retries = 1})
                      .Compute([](StepContext& step) -> int {
                        step.log().Info("about to fail");
                        throw std::runtime_error("as the test wants it\nline two");
                      }));
  definitions.Add(Asset("faults/after")
                      .Group("faults")
                      .Reads("faults/user_code")
                      .Compute([](int value) { return value; }));
}

int WaitAtGate() {
  const std::string gate = Environment("PIPELINE_GATE");
  if (gate.empty()) return 1;
  std::ofstream(gate + ".began") << "";
  while (!std::filesystem::exists(gate)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return 1;
}

Definitions Pipeline() {
  const std::string variant = Environment("PIPELINE_DEFINITIONS");
  if (variant == "throw") throw std::runtime_error("no configuration");
  Definitions definitions;
  AddValues(definitions);
  if (variant != "sound") AddFaults(definitions);
  definitions.Add(Asset("slow/first").Group("slow").Compute(WaitAtGate));
  definitions.Add(
      Asset("slow/second").Group("slow").Reads("slow/first").Compute([](int x) {
        return x;
      }));
  if (variant == "cycle") {
    definitions.Add(Asset("x").Reads("y").Compute([](int y) { return y; }));
    definitions.Add(Asset("y").Reads("x").Compute([](int x) { return x; }));
  }
  return definitions;
}

}  // namespace

int main(int argc, char** argv) { return entrepot::RunMain(argc, argv, Pipeline); }
