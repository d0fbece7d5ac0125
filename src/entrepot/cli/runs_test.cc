#include <stdexcept>

#include <gmock/gmock.h>

#include "entrepot/cli/cli_for_test.h"

namespace entrepot {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class RunsTest : public CliTest {
 protected:
  RunsTest() {
    host_.definitions = [] {
      Definitions definitions;
      definitions.Add(Asset("good").Compute([] { return 20; }));
      definitions.Add(
          Asset("bad").Compute([]() -> int { throw std::runtime_error("boom\nloud"); }));
      definitions.Add(Asset("after").Reads("bad").Compute([](int bad) { return bad; }));
      return definitions;
    };
  }

  /// Logs the start of a run that is never over.
  void BeginRun(const std::string& run_id, const std::string& host, std::int64_t pid) {
    const auto instance = Instance::Open(home()).value();
    std::vector<Event> events;
    events.push_back({.time = 1,
                      .run_id = run_id,
                      .step_key = "",
                      .data = RunStarted{
                          .host = host, .pid = pid, .process_start = 1, .num_steps = 3}});
    ASSERT_TRUE(instance->log().Append(std::move(events)).has_value());
  }
};

TEST_F(RunsTest, ListsRunsNewestFirst) {
  Run({"materialize", "--select", "good"});
  Run({"materialize"});
  const std::string text = Run({"runs"}).out;
  EXPECT_THAT(text,
              ContainsRegex("failure +20[0-9-]+ [0-9:]+Z +.* 3  computing asset 'bad': "
                            "boom.*\n.* success "));
  const Json json = Run({"runs", "--json", "--limit", "1"}).json();
  ASSERT_EQ(json["runs"].size(), 1u);
  EXPECT_EQ(json["runs"][0]["status"], "failure");
  EXPECT_EQ(json["runs"][0]["num_steps"], 3);
}

TEST_F(RunsTest, ShowsTheStepsOfARunByTheBeginningOfItsId) {
  Run({"materialize"});
  const std::string run_id = Run({"runs", "--json"}).json()["runs"][0]["run_id"];
  const CliResult result = Run({"runs", run_id.substr(0, 13)});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("Run " + run_id + " failure, started "));
  EXPECT_THAT(result.out, ContainsRegex("good +success +1 .* json +2 B\n"));
  EXPECT_THAT(result.out, ContainsRegex("bad +failure +1 .* boom\n"));
  EXPECT_THAT(result.out, ContainsRegex("after +skipped "));
  const Json json = Run({"runs", run_id, "--json"}).json();
  EXPECT_EQ(json["run_id"], run_id);
  EXPECT_EQ(json["steps"].size(), 3u);
}

TEST_F(RunsTest, RefusesIdsThatNameNoRunOrSeveral) {
  BeginRun("abc-1", "elsewhere", 1);
  BeginRun("abc-2", "elsewhere", 1);
  EXPECT_EQ(Run({"runs", "x"}).exit_code, 3);
  const CliResult several = Run({"runs", "abc"});
  EXPECT_EQ(several.exit_code, 2);
  EXPECT_THAT(several.err, HasSubstr("2 runs begin with 'abc'"));
  EXPECT_EQ(Run({"runs", "abc-1"}).exit_code, 0);
}

TEST_F(RunsTest, TellsRunsThatDiedFromThoseThatGoOn) {
  char host[256] = {};
  ASSERT_EQ(::gethostname(host, sizeof host - 1), 0);
  BeginRun("here", host, 1);  // Process 1 did not start at tick 1 after its own boot.
  BeginRun("there", "another-machine", 1);
  const Json runs = Run({"runs", "--json"}).json()["runs"];
  EXPECT_EQ(runs[0]["status"], "running") << "nobody here knows";
  EXPECT_EQ(runs[1]["status"], "died");
}

}  // namespace
}  // namespace entrepot
