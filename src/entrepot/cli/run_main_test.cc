#include "entrepot/cli/run_main.h"

#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::HasSubstr;

Definitions OneAsset() {
  Definitions definitions;
  definitions.Add(Asset("answer").Compute([] { return 42; }));
  return definitions;
}

TEST(RunMainTest, RunsVerbsOverTheProgramsDefinitions) {
  const testing::TemporaryFolder folder;
  const auto run = [&](const char* verb, const char* argument) {
    const std::array<const char*, 5> arguments = {"./answers", "--instance",
                                                  folder.path().c_str(), verb, argument};
    ::testing::internal::CaptureStdout();
    const int exit_code =
        RunMain(argument == nullptr ? 4 : 5, arguments.data(), OneAsset);
    EXPECT_EQ(exit_code, 0);
    return ::testing::internal::GetCapturedStdout();
  };
  EXPECT_THAT(run("materialize", nullptr), HasSubstr("./answers --instance"));
  EXPECT_EQ(run("show", "answer"), "42\n");
}

TEST(RunMainTest, IsTheStandAloneCommandWithoutDefinitions) {
  const std::array<const char*, 2> arguments = {"entrepot", "materialize"};
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunMain(2, arguments.data(), nullptr), 2);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("this is the C++ command"));
}

}  // namespace
}  // namespace entrepot
