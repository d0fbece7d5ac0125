#include "entrepot/cli/run_reporter_internal.h"

#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace entrepot::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RunProgress Began(const std::string& step) {
  return {.num_steps = 2,
          .num_finished = 0,
          .step_key = step,
          .status = StepStatus::kStarted};
}

RunProgress Ended(const std::string& step, StepStatus status) {
  return {.num_steps = 2, .num_finished = 1, .step_key = step, .status = status};
}

TEST(RunReporterTest, TellsWarningsAndErrorsAlways) {
  std::ostringstream err;
  {
    RunReporter reporter({.stream = &err}, {});
    reporter.OnProgress(Began("raw/flights"));
    reporter.OnLog("raw/flights", LogLevel::kInfo, "reading");
    reporter.OnLog("raw/flights", LogLevel::kWarning, "3 rows were dropped");
    reporter.OnProgress(Ended("raw/flights", StepStatus::kSuccess));
  }
  EXPECT_EQ(err.str(), "warning: raw/flights: 3 rows were dropped\n");
}

TEST(RunReporterTest, TellsEverythingWhenAsked) {
  std::ostringstream err;
  {
    RunReporter reporter({.stream = &err}, {.is_verbose = true});
    reporter.OnLog("a", LogLevel::kDebug, "details");
    reporter.OnLog("a", LogLevel::kInfo, "reading");
    reporter.OnProgress(Ended("a", StepStatus::kSuccess));
  }
  EXPECT_EQ(err.str(), "info: a: reading\n[1/2] a: success\n");
}

TEST(RunReporterTest, KeepsTheLinesOfAMessageAndNothingThatATerminalObeys) {
  std::ostringstream err;
  {
    RunReporter reporter({.stream = &err}, {.is_verbose = true});
    reporter.OnLog("a\nb", LogLevel::kWarning, "two\nlines \x1b[31m");
    reporter.OnProgress(Ended("a\x1b", StepStatus::kSuccess));
  }
  EXPECT_EQ(err.str(),
            "warning: a\\nb: two\n  lines \\x1b[31m\n"
            "[1/2] a\\x1b: success\n");
}

TEST(RunReporterTest, TellsOfRetries) {
  std::ostringstream err;
  {
    RunReporter reporter({.stream = &err}, {});
    RunProgress progress = Ended("a", StepStatus::kRetrying);
    progress.error = "no answer\nfrom x";
    reporter.OnProgress(progress);
  }
  EXPECT_EQ(err.str(), "warning: a: failed, to be tried again: no answer\n  from x\n");
}

TEST(RunReporterTest, RewritesAProgressLineOnATerminalAndClearsIt) {
  std::ostringstream err;
  {
    RunReporter reporter({.stream = &err, .is_terminal = true, .width = 40},
                         {.redraw_every = std::chrono::milliseconds(1)});
    reporter.OnProgress(Began("raw/flights"));
    reporter.OnProgress(Began("raw/" + std::string(60, 'x')));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_THAT(err.str(), HasSubstr("\r[0/2] "));
  EXPECT_THAT(err.str(), HasSubstr("raw/flights, raw/xx"));
  EXPECT_THAT(err.str(), HasSubstr("…")) << "cut to the terminal";
  EXPECT_TRUE(err.str().ends_with(" \r"));
  EXPECT_THAT(err.str(), Not(HasSubstr("\x1b"))) << "no escape codes are needed";
}

TEST(RunReporterTest, DrawsNothingWhereNobodyLooks) {
  std::ostringstream err;
  {
    RunReporter reporter({.stream = &err},
                         {.redraw_every = std::chrono::milliseconds(1)});
    reporter.OnProgress(Began("raw/flights"));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace entrepot::internal
