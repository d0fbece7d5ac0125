#include "entrepot/execution/materialize.h"

#include <atomic>
#include <filesystem>
#include <stdexcept>

#include <gmock/gmock.h>

#include "entrepot/cli/cli_for_test.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

/// raw/flights → delays → report, in two groups.
Definitions FlightDefinitions() {
  Definitions definitions;
  definitions.Add(Asset("raw/flights").Group("raw").Compute([](StepContext& step) {
    step.log().Info("reading");
    step.log().Warning("a row was dropped");
    return std::vector<double>{1, 2, 3};
  }));
  definitions.Add(Asset("delays")
                      .Group("reports")
                      .Reads("raw/flights")
                      .Compute([](const std::vector<double>& flights) {
                        return Json{{"mean", flights.at(1)}};
                      }));
  definitions.Add(Asset("report").Group("reports").Reads("delays").Compute(
      [](const Json& delays) { return delays.dump(); }));
  return definitions;
}

class MaterializeCommandTest : public CliTest {
 protected:
  MaterializeCommandTest() { host_.definitions = FlightDefinitions; }
};

TEST_F(MaterializeCommandTest, PrintsTheTreeOfWhatItMade) {
  const CliResult result = Run({"materialize"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("Run [0-9a-f-]+ succeeded in "));
  EXPECT_THAT(result.out,
              ContainsRegex("\nraw\n└─ raw/flights  tensor/npy +[0-9.]+ k?B +[0-9.]+ "
                            "ms  raw/flights.npy\n"));
  EXPECT_THAT(result.out,
              ContainsRegex("\nreports\n├─ delays       json .*\n└─ report       text"));
  EXPECT_THAT(result.out, HasSubstr("\n3 values, "));
  EXPECT_THAT(result.out, HasSubstr("Stored below " + home() + "/storage\n"));
  EXPECT_THAT(result.out,
              HasSubstr("\n  flights --instance " + home() + " show report\n"));
  EXPECT_EQ(result.err, "warning: raw/flights: a row was dropped\n");
  EXPECT_TRUE(std::filesystem::exists(home() + "/storage/raw/flights.npy"));
}

TEST_F(MaterializeCommandTest, TellsOfEveryStepWhenAsked) {
  const CliResult result = Run({"materialize", "-v", "--jobs", "1"});
  EXPECT_THAT(result.err, AllOf(HasSubstr("info: raw/flights: reading\n"),
                                HasSubstr("[3/3] report: success\n")));
}

TEST_F(MaterializeCommandTest, RunsOnlyWhatIsSelected) {
  EXPECT_EQ(Run({"materialize", "--select", "+delays", "--durability", "fast"}).exit_code,
            0);
  const Json steps = Run({"materialize", "--select", "report", "--json"}).json()["steps"];
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0]["step"], "report");
}

TEST_F(MaterializeCommandTest, RefusesASelectionOfNothingAndLeavesNoInstance) {
  const CliResult result = Run({"materialize", "--select", "delay"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean 'delays'?"));
  EXPECT_FALSE(std::filesystem::exists(home()));
}

TEST_F(MaterializeCommandTest, RefusesDefinitionsWithoutAssets) {
  host_.definitions = [] { return Definitions(); };
  for (const auto& args : std::vector<std::vector<std::string>>{
           {"materialize"}, {"materialize", "--dry-run"}}) {
    const CliResult result = Run(args);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("the definitions make no asset"));
  }
  EXPECT_FALSE(std::filesystem::exists(home()));
}

TEST_F(MaterializeCommandTest, FailsBeforeTheFirstStepWhereAnInputIsMissing) {
  const CliResult result = Run({"materialize", "--select", "report"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("never materialized"));
}

TEST_F(MaterializeCommandTest, PlansWithoutTouchingAnything) {
  const CliResult result = Run({"materialize", "--dry-run", "--select", "delays+"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out,
            "2 steps would run; nothing was touched\n\n"
            "reports\n"
            "├─ delays  ← raw/flights*\n"
            "└─ report  ← delays\n\n"
            "* loaded, if it was materialized before\n");
  EXPECT_FALSE(std::filesystem::exists(home()));
}

TEST_F(MaterializeCommandTest, PlansAsJson) {
  const Json steps = Run({"materialize", "--dry-run", "--json"}).json()["steps"];
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[1], Json::parse(R"({"step": "delays", "partition": null,
      "outputs": [{"name": "result", "key": "delays", "group": "reports"}],
      "after": ["raw/flights"], "inputs": [{"name": "flights",
      "key": "raw/flights", "partitions": null, "is_made": true}]})"));
}

TEST_F(MaterializeCommandTest, TellsTheResultAsJson) {
  const CliResult result = Run({"materialize", "--json"});
  const Json json = result.json();
  EXPECT_EQ(json["status"], "success");
  EXPECT_EQ(json["instance"], home());
  EXPECT_EQ(json["totals"]["values"], 3);
  const Json output = json["steps"][0]["outputs"][0];
  EXPECT_EQ(output["key"], "raw/flights");
  EXPECT_EQ(output["group"], "raw");
  EXPECT_EQ(output["format"], "npy");
  EXPECT_EQ(output["path"], home() + "/storage/raw/flights.npy");
  EXPECT_EQ(json["steps"][0]["error"], nullptr);
}

TEST_F(MaterializeCommandTest, TellsWhatFailedAndWhatWasSkipped) {
  host_.definitions = [] {
    Definitions definitions;
    definitions.Add(Asset("good").Compute([] { return 1; }));
    definitions.Add(
        Asset("bad").Compute([]() -> int { throw std::runtime_error("boom"); }));
    definitions.Add(Asset("after").Reads("bad").Compute([](int bad) { return bad; }));
    return definitions;
  };
  const CliResult result = Run({"materialize"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, ContainsRegex("├─ bad    failed\n└─ after  skipped\n"));
  EXPECT_THAT(result.out, HasSubstr("; 1 failed; 1 skipped\n"));
  EXPECT_EQ(result.err, "error: bad: boom\n  while computing asset 'bad'\n");

  const Json steps = Run({"materialize", "--json"}).json()["steps"];
  EXPECT_EQ(steps[1]["status"], "failure");
  EXPECT_EQ(steps[1]["error"], Json::parse(R"({"code": "user code", "message": "boom",
                                               "context": ["computing asset 'bad'"]})"));
  EXPECT_EQ(steps[2]["status"], "skipped");
}

TEST_F(MaterializeCommandTest, MakesAndShowsOnePartition) {
  host_.definitions = [] {
    Definitions definitions;
    definitions.Add(
        Asset("letter")
            .PartitionedBy(PartitionsDefinition::Static({"a", "b"}))
            .Compute([](StepContext& step) { return step.partition().value(); }));
    return definitions;
  };
  EXPECT_THAT(Run({"materialize"}).err, HasSubstr("say which one to make"));
  const CliResult result = Run({"materialize", "--partition", "b"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("letter[b]"), HasSubstr("show letter --partition b")));
  EXPECT_EQ(Run({"show", "letter", "--partition", "b"}).out, "b\n");
  EXPECT_THAT(Run({"history", "letter"}).out,
              ContainsRegex("ID  PARTITION  TIME .*\n.*  b          "));
  EXPECT_THAT(Run({"show", "letter"}).err, HasSubstr("say which one to load"));
  EXPECT_THAT(Run({"show", "letter", "--partition", "a"}).err,
              HasSubstr("partition 'a' of asset 'letter' was never materialized"));
  EXPECT_THAT(Run({"show", "letter[b]"}).err, HasSubstr("write letter --partition b"))
      << "as ls writes it";
}

TEST_F(MaterializeCommandTest, TellsOfAResourceThatCannotBeTornDown) {
  host_.definitions = [] {
    Definitions definitions;
    definitions.Add(Asset("a").Compute([] { return 1; }));
    definitions.Bind(
        "pool",
        ResourceBinding{.make = [](const ResourceContext&) -> Result<MadeResource> {
          return MadeResource{.resource = std::make_shared<int>(1),
                              .teardown = [] { return Unavailable("it hangs"); }};
        }});
    return definitions;
  };
  const CliResult result = Run({"materialize"});
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_THAT(result.err, AllOf(HasSubstr("it hangs"), HasSubstr("'pool'")));
}

TEST_F(MaterializeCommandTest, EndsWithTheCodeOfTheFirstFailure) {
  host_.definitions = [] {
    Definitions definitions;
    definitions.Add(
        Asset("a").Compute([]() -> Result<int> { return Unavailable("full"); }));
    return definitions;
  };
  EXPECT_EQ(Run({"materialize"}).exit_code, 7);
}

TEST_F(MaterializeCommandTest, ShowsAValueThatIsNone) {
  host_.definitions = [] {
    Definitions definitions;
    definitions.Add(Asset("done").Compute([] {}));
    return definitions;
  };
  EXPECT_THAT(Run({"materialize"}).out, HasSubstr("└─ done  nothing"));
}

/// A step that interrupts the run it belongs to, and one after it.
Definitions InterruptingDefinitions(const std::function<void()>& interrupt) {
  Definitions definitions;
  definitions.Add(Asset("first").Compute([interrupt] {
    interrupt();
    return 1;
  }));
  definitions.Add(
      Asset("second").Reads("first").Compute([](int first) { return first; }));
  return definitions;
}

TEST_F(MaterializeCommandTest, StopsStartingStepsWhenItsHostIsInterrupted) {
  std::stop_source stop;
  host_.watch_interrupts = [&] { return stop.get_token(); };
  host_.definitions = [&] {
    return InterruptingDefinitions([&] { stop.request_stop(); });
  };
  const CliResult result = Run({"materialize"});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.out,
              ContainsRegex("was interrupted after .*\n└─ second  interrupted\n"));
  EXPECT_EQ(
      result.err,
      "interrupted: waiting for the steps that have begun; Ctrl-C again ends at once\n"
      "warning: the run was interrupted; 1 step did not end\n");
  host_.watch_interrupts = nullptr;
  EXPECT_EQ(Run({"runs", "--json"}).json()["runs"][0]["status"], "interrupted");
}

TEST_F(MaterializeCommandTest, StopsWhenItsHostsPollSaysSo) {
  std::atomic<bool> wants_stop = false;
  host_.poll = [&] { return wants_stop.load(); };
  host_.definitions = [&] {
    return InterruptingDefinitions([&] {
      wants_stop = true;
      std::this_thread::sleep_for(
          std::chrono::milliseconds(50));  // Polls are 20 ms apart.
    });
  };
  EXPECT_EQ(Run({"materialize"}).exit_code, 130);
}

TEST_F(MaterializeCommandTest, WatchesForInterruptsOnlyDuringARun) {
  int watched = 0;
  host_.watch_interrupts = [&] {
    ++watched;
    return std::stop_token();
  };
  Run({"materialize", "--dry-run"});
  Run({"ls"});
  EXPECT_EQ(watched, 0);
  Run({"materialize"});
  EXPECT_EQ(watched, 1);
}

TEST_F(MaterializeCommandTest, LeavesNoEscapeCodesWithoutColours) {
  host_.err.is_terminal = true;
  const CliResult result = Run({"materialize", "-v"});
  EXPECT_THAT(result.out + result.err, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace entrepot
