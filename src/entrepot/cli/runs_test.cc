#include <stdexcept>

#include <gmock/gmock.h>

#include "entrepot/cli/cli_for_test.h"
#include "entrepot/execution/process_identity.h"
#include "entrepot/sql/sqlite_database.h"

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
      definitions.Add(Asset("good").Compute([](StepContext& step) {
        step.log().Info("counting");
        return 20;
      }));
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
  EXPECT_THAT(result.out, HasSubstr("Run " + run_id + " failure\nstarted "));
  EXPECT_THAT(result.out, ContainsRegex(", took [0-9.]+ (s|ms|µs), 3 steps\n\nSTEP "));
  EXPECT_THAT(result.out, ContainsRegex("good +success +1 .* json +2 B\n"));
  EXPECT_THAT(result.out, ContainsRegex("bad +failure +1 +[0-9.]+ (s|ms|µs)\n"));
  EXPECT_THAT(result.out, ContainsRegex("after +skipped +0\n"));
  const Json json = Run({"runs", run_id, "--json"}).json();
  EXPECT_EQ(json["run_id"], run_id);
  EXPECT_EQ(json["steps"].size(), 3u);
  EXPECT_FALSE(json.contains("log"));
}

TEST_F(RunsTest, TellsTheWholeOfEachErrorAndWhyStepsWereSkipped) {
  Run({"materialize"});
  const std::string run_id = Run({"runs", "--json"}).json()["runs"][0]["run_id"];
  EXPECT_THAT(Run({"runs", run_id}).out,
              HasSubstr("\n\nfailure bad: computing asset 'bad': boom\n  loud\n"
                        "skipped after: step 'bad' did not succeed\n"));
}

TEST_F(RunsTest, TellsWhatHappenedInARun) {
  Run({"materialize", "--jobs", "1"});
  const std::string run_id = Run({"runs", "--json"}).json()["runs"][0]["run_id"];
  const std::string time = "20[0-9-]+ [0-9:]+[.][0-9][0-9][0-9]Z ";
  EXPECT_THAT(
      Run({"runs", run_id, "--log"}).out,
      ::testing::ContainsRegex(
          "^" + time + "run of 3 steps began in process [0-9]+ on [^\n]+\n" + time +
          "good: began\n" + time + "good: info: counting\n" + time +
          "good: materialized as json, 2 B\n" + time + "bad: began\n" + time +
          "bad: failed: computing asset 'bad': boom\n  loud\n" + time +
          "after: skipped: step 'bad' did not succeed\n" + time + "run ended: failure"));
  const Json log = Run({"runs", run_id, "--log", "--json"}).json()["log"];
  ASSERT_EQ(log.size(), 8u);
  EXPECT_EQ(log[0]["event"], "run_started");
  EXPECT_EQ(log[0]["step"], nullptr);
  EXPECT_EQ(log[2]["event"], "logged");
  EXPECT_EQ(log[2]["step"], "good");
  EXPECT_EQ(log[2]["level"], "info");
  EXPECT_EQ(log[2]["message"], "counting");
  EXPECT_EQ(log[5]["level"], nullptr);
  EXPECT_GT(log[5]["id"], log[4]["id"]);
}

TEST_F(RunsTest, TellsOfEachAttempt) {
  host_.definitions = [] {
    Definitions definitions;
    definitions.Add(Asset("flaky").Retry({.max_retries = 1}).Compute([]() -> int {
      throw std::runtime_error("no answer");
    }));
    return definitions;
  };
  Run({"materialize"});
  const std::string run_id = Run({"runs", "--json"}).json()["runs"][0]["run_id"];
  const std::string log = Run({"runs", run_id, "--log"}).out;
  EXPECT_THAT(log, HasSubstr("flaky: failed, to be tried again: computing asset 'flaky': "
                             "no answer\n"));
  EXPECT_THAT(log, HasSubstr("flaky: began attempt 2\n"));
  EXPECT_THAT(log, HasSubstr("flaky: failed: computing asset 'flaky': no answer\n"));
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

TEST_F(RunsTest, RecordsRunsWhoseProcessIsGoneAndTellsThemFromThoseThatGoOn) {
  const std::string host = ThisProcess().host;
  BeginRun("here", host, 1);  // Process 1 did not start at tick 1 after its own boot.
  BeginRun("there", "another-machine", 1);
  const Json runs = Run({"runs", "--json"}).json()["runs"];
  EXPECT_EQ(runs[0]["status"], "running") << "nobody here knows";
  EXPECT_EQ(runs[1]["status"], "interrupted");
  EXPECT_THAT(runs[1]["error"], HasSubstr("process 1 on '" + host + "' is gone"));
}

TEST_F(RunsTest, SaysThatARunDiedWhereThatCannotBeRecorded) {
  BeginRun("here", ThisProcess().host, 1);
  SqliteDatabase other = SqliteDatabase::Open(home() + "/entrepot.db").value();
  const auto lock = SqliteTransaction::Begin(other).value();
  const Stopwatch stopwatch;
  const CliResult result = Run({"runs", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.json()["runs"][0]["status"], "died");
  EXPECT_LT(stopwatch.seconds(), 10) << "it waits less than the log's own patience";
}

}  // namespace
}  // namespace entrepot
