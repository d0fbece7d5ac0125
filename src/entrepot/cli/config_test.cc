// A program configured by a file, variables and arguments.

#include <fstream>

#include <gmock/gmock.h>

#include "entrepot/cli/cli_for_test.h"
#include "entrepot/config/fields.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

struct ReportOptions {
  int top = 10;
  std::string title = "Worst days";
  Secret token;
  static const FieldList<ReportOptions>& Fields() {
    static const auto fields =
        FieldList<ReportOptions>("report")
            .Field("top", &ReportOptions::top, "Rows shown.", {.at_least = 1})
            .Field("title", &ReportOptions::title, "Above them.")
            .Field("token", &ReportOptions::token, "Of the publisher.");
    return fields;
  }
};

class ConfigCommandTest : public CliTest {
 protected:
  ConfigCommandTest() {
    host_.definitions = [] {
      Definitions defs;
      defs.Bind("io_manager", FileSystemIOManagerFactory());
      defs.Add(Asset("report").Config<ReportOptions>().Compute([](StepContext& step) {
        const auto& options = step.config<ReportOptions>();
        step.log().Warning("token of {} letters", options.token.Reveal().size());
        return fmt::format("{}: {}", options.title, options.top);
      }));
      return defs;
    };
    host_.environment = [this] { return variables_; };
  }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() + "/" + name) << text;
    return folder_.path() + "/" + name;
  }

  std::map<std::string, std::string> variables_;
};

TEST_F(ConfigCommandTest, AnAssignmentConfiguresTheAsset) {
  ASSERT_EQ(Run({"materialize", "--set", "report.top=20"}).exit_code, 0);
  EXPECT_EQ(Run({"show", "report"}).out, "Worst days: 20\n");
}

TEST_F(ConfigCommandTest, FileThenEnvironmentThenArgumentsEachWinsOverTheOneBefore) {
  const std::string file =
      Write("run.toml", "[report]\ntop = 1\ntitle = 'File'\ntoken = {env = 'TOKEN'}\n");
  variables_ = {
      {"ENTREPOT__REPORT__TOP", "2"}, {"TOKEN", "four"}, {"ENTREPOT_HOME", "/unused"}};
  const CliResult made =
      Run({"materialize", "--config", file, "--set", "report.title=Set"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("token of 4 letters"));
  EXPECT_EQ(Run({"show", "report"}).out, "Set: 2\n");
}

TEST_F(ConfigCommandTest, AFaultNamesFieldValueAndSourceAndLeavesNoInstanceBehind) {
  variables_ = {{"ENTREPOT__REPORT__TOP", "many"}};
  const CliResult result = Run({"materialize", "--set", "report.titel=x"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(
      result.err,
      AllOf(HasSubstr("root:report:top must be an integer"),
            HasSubstr("not \"many\" (from environment variable ENTREPOT__REPORT__TOP)"),
            HasSubstr("root:report:titel is not a field (from --set report.titel); did "
                      "you mean 'title'?")));
  EXPECT_FALSE(std::filesystem::exists(home()));
  EXPECT_EQ(Run({"materialize", "--dry-run"}).exit_code, 2);
}

TEST_F(ConfigCommandTest, ASecretIsInNoErrorAndNowhereInTheInstance) {
  const CliResult wrong =
      Run({"materialize", "--config",
           Write("run.json", R"({"report": {"token": ["s3cret"], "top": 0}})")});
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("run.json"), HasSubstr("not '***'"),
                               Not(HasSubstr("s3cret"))));
  ASSERT_EQ(Run({"materialize", "--set", "report.token=s3cret"}).exit_code, 0);
  EXPECT_THAT(Run({"history", "report", "--json"}).out, Not(HasSubstr("s3cret")));
  EXPECT_THAT(Run({"runs", "--json"}).out, Not(HasSubstr("s3cret")));
}

TEST_F(ConfigCommandTest, ValuesAreShownByTheManagerThatTheConfigurationNames) {
  const std::string set = "io_manager.base_dir=" + folder_.path() + "/values";
  ASSERT_EQ(Run({"materialize", "--set", set}).exit_code, 0);
  EXPECT_EQ(Run({"show", "report", "--set", set}).out, "Worst days: 10\n");
  EXPECT_EQ(Run({"show", "report"}).exit_code, 3);
}

TEST_F(ConfigCommandTest, SchemaListsEveryFieldWithDefaultAndDescription) {
  const CliResult result = Run({"config", "schema"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(
      result.out,
      AllOf(ContainsRegex("field +type +default +description\n"),
            ContainsRegex("io_manager\\.durability +.*\"full\""),
            ContainsRegex("report\\.top +an integer from 1 to 2147483647 +10 +Rows "
                          "shown\\.\n")));
  EXPECT_FALSE(std::filesystem::exists(home()));
}

TEST_F(ConfigCommandTest, SchemaIsJsonSchemaToo) {
  const auto schema = Run({"config", "schema", "--json"}).json();
  EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  const auto& report = schema.at("properties").at("report").at("properties");
  EXPECT_EQ(report.at("top").at("minimum"), 1);
  EXPECT_EQ(report.at("token").at("writeOnly"), true);
}

TEST_F(ConfigCommandTest, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(Run({"materialize", "--config", "/nowhere/run.toml"}).exit_code, 3);
  EXPECT_EQ(Run({"materialize", "--config", "/nowhere/run.yaml"}).exit_code, 2);
}

TEST_F(ConfigCommandTest, OptionsThatConfigureNothingAreRefused) {
  ASSERT_EQ(Run({"materialize"}).exit_code, 0);
  host_.definitions = nullptr;
  const CliResult result = Run({"show", "report", "--set", "report.top=1"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("there are none"));
}

TEST_F(ConfigCommandTest, ConfigAloneSaysThatItNeedsAVerb) {
  const CliResult result = Run({"config"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("run 'flights config --help'"));
  EXPECT_THAT(Run({"config", "--help"}).out, HasSubstr("schema"));
}

}  // namespace
}  // namespace entrepot
