#include "entrepot/cli/run_cli.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <gmock/gmock.h>

#include "entrepot/cli/cli_for_test.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RunCliTest : public CliTest {};

TEST_F(RunCliTest, PrintsHelpAsData) {
  const CliResult help = RunBare({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_THAT(help.out, AllOf(HasSubstr("Usage: flights [OPTIONS] [VERB]"),
                              HasSubstr("materialize"), HasSubstr("--instance")));
  for (const char* verb : {"materialize", "ls", "show", "history", "runs"}) {
    const CliResult of_verb = RunBare({verb, "--help"});
    EXPECT_EQ(of_verb.exit_code, 0);
    EXPECT_THAT(of_verb.out, HasSubstr(fmt::format("Example:\n  flights {}", verb)));
  }
}

TEST_F(RunCliTest, PrintsItsVersion) {
  EXPECT_THAT(RunBare({"--version"}).out, ::testing::MatchesRegex("entrepot [0-9.]+\n"));
}

TEST_F(RunCliTest, RefusesToDoNothing) {
  const CliResult nothing = RunBare({});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_EQ(nothing.out, "");
  EXPECT_THAT(nothing.err, HasSubstr("Usage:"));
}

TEST_F(RunCliTest, SuggestsTheVerbThatWasMeant) {
  const CliResult result = RunBare({"materialise"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err,
            "error: unknown verb 'materialise'; did you mean 'materialize'?\n"
            "run 'flights --help' for what there is\n");
}

TEST_F(RunCliTest, SuggestsTheOptionThatWasMeant) {
  EXPECT_THAT(RunBare({"ls", "--jsn"}).err,
              StartsWith("error: unknown option '--jsn'; did you mean '--json'?\n"
                         "run 'flights ls --help'"));
  EXPECT_EQ(RunBare({"ls", "--jsn"}).exit_code, 2);
  EXPECT_THAT(RunBare({"ls", "raw/flights"}).err, HasSubstr("takes no further argument"));
  EXPECT_EQ(RunBare({"show", "a", "--rows", "many"}).exit_code, 2);
  EXPECT_EQ(RunBare({"show"}).exit_code, 2);
}

TEST_F(RunCliTest, TakesGlobalOptionsBeforeAndAfterTheVerb) {
  Store("a", std::string("text"));
  EXPECT_EQ(RunBare({"--instance", home(), "show", "a"}).out, "text\n");
  EXPECT_EQ(RunBare({"show", "a", "--instance", home()}).out, "text\n");
}

TEST_F(RunCliTest, TakesAssetsThatAreCalledAsVerbs) {
  Store("runs", std::string("text"));
  EXPECT_EQ(Run({"show", "runs"}).out, "text\n");
}

TEST_F(RunCliTest, FindsTheInstanceByTheEnvironment) {
  Store("a", std::string("text"));
  ::setenv("ENTREPOT_HOME", home().c_str(), 1);
  EXPECT_EQ(RunBare({"show", "a"}).out, "text\n");
  ::unsetenv("ENTREPOT_HOME");
}

TEST_F(RunCliTest, MakesNoInstanceByLooking) {
  const std::vector<std::vector<std::string>> commands = {
      {"ls"}, {"show", "a"}, {"history", "a"}, {"runs"}, {"runs", "x"}};
  for (const auto& command : commands) {
    const CliResult result = Run(command);
    EXPECT_EQ(result.exit_code, 3) << command.front();
    EXPECT_THAT(result.err, HasSubstr("there is no instance in '" + home() + "'"));
  }
  EXPECT_FALSE(std::filesystem::exists(home()));
}

TEST_F(RunCliTest, NeedsDefinitionsToMaterialize) {
  const CliResult result = Run({"materialize"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("RunMain"), HasSubstr("entrepot -f file.py")));
  EXPECT_FALSE(std::filesystem::exists(home()));
}

TEST_F(RunCliTest, RefusesPythonDefinitionsInsteadOfIgnoringThem) {
  Store("a", std::string("text"));
  for (const std::string option : {"-f", "-m", "--file", "--module"}) {
    const CliResult result = Run({option, "flights", "show", "a"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("this is the C++ command: it has no definitions"));
  }
  host_.definitions = [] { return Definitions(); };
  EXPECT_THAT(Run({"-f", "flights.py", "ls"}).err,
              HasSubstr("this program has definitions of its own"));
}

TEST_F(RunCliTest, HandsSourcesToAHostThatReadsThem) {
  std::string file;
  std::string module;
  host_.load_definitions = [&](const DefinitionsSource& source) -> Result<Definitions> {
    file = source.file;
    module = source.module;
    Definitions definitions;
    definitions.Add(Asset("a").Compute([] { return 1; }));
    return definitions;
  };
  EXPECT_EQ(Run({"-f", "my flights.py", "materialize", "--dry-run"}).exit_code, 0);
  EXPECT_EQ(file, "my flights.py");
  EXPECT_EQ(Run({"materialize", "--dry-run", "-m", "shop.flights"}).exit_code, 0);
  EXPECT_EQ(module, "shop.flights");
  EXPECT_EQ(Run({"-f", "a.py", "-m", "b", "ls"}).exit_code, 2) << "one of the two";
  EXPECT_THAT(Run({"materialize"}).err, HasSubstr("name them: flights -f file.py"));
  EXPECT_THAT(Run({"-f", "my flights.py", "materialize"}).out,
              HasSubstr("flights -f 'my flights.py' --instance " + home() + " show a"));
}

TEST_F(RunCliTest, TellsEveryFaultOfTheDefinitions) {
  host_.definitions = [] {
    Definitions definitions;
    definitions.Add(Asset("x").Reads("y").Compute([](int y) { return y; }));
    definitions.Add(Asset("y").Reads("x").Compute([](int x) { return x; }));
    definitions.Add(Asset("z").IOManagerKey("lake").Compute([] { return 1; }));
    return definitions;
  };
  for (const char* verb : {"materialize", "ls"}) {
    const CliResult result = Run({verb});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err,
                AllOf(HasSubstr("'lake'"), HasSubstr("cycle"),
                      HasSubstr("\n  while checking the definitions of 'flights'\n")));
  }
}

TEST_F(RunCliTest, TellsWhatMakingTheDefinitionsThrew) {
  host_.definitions = []() -> Result<Definitions> {
    throw std::runtime_error("no flights.csv");
  };
  const CliResult thrown = Run({"materialize"});
  EXPECT_EQ(thrown.exit_code, 1);
  EXPECT_EQ(thrown.err,
            "error: no flights.csv\n  while making the definitions of 'flights'\n");

  host_.definitions = []() -> Result<Definitions> {
    throw ErrorException(NotFound("no config"));
  };
  EXPECT_EQ(Run({"materialize"}).exit_code, 3) << "an error of ours keeps its code";
}

TEST_F(RunCliTest, LetsAHostTellMoreOfItsExceptions) {
  host_.definitions = []() -> Result<Definitions> {
    throw std::runtime_error("no flights.csv");
  };
  host_.describe_exception = [](const std::exception_ptr& exception) -> std::string {
    return exception ? "Traceback:\n  line 7" : "";
  };
  EXPECT_THAT(Run({"ls"}).err, HasSubstr("\n  Traceback:\n    line 7\n"));
}

TEST_F(RunCliTest, LooksAtAnInstanceThoughTheDefinitionsAreBroken) {
  Store("a", std::string("text"));
  host_.definitions = []() -> Result<Definitions> {
    throw std::runtime_error("no flights.csv");
  };
  const CliResult result = Run({"show", "a"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "text\n");
  EXPECT_THAT(result.err, AllOf(StartsWith("warning: going on without the definitions"),
                                HasSubstr("no flights.csv")));
}

TEST_F(RunCliTest, ReportsOutputThatCouldNotBeWritten) {
  Store("a", std::string("text"));
  std::ostream broken(nullptr);
  std::ostringstream err;
  CliHost host;
  host.out.stream = &broken;
  host.err.stream = &err;
  EXPECT_EQ(RunCli(std::move(host), {"--instance", home(), "show", "a"}), 7);
  EXPECT_THAT(err.str(), HasSubstr("could not be written"));
}

TEST_F(RunCliTest, ColoursOnlyWhereAskedTo) {
  Store("a", std::string("text"));
  EXPECT_EQ(Run({"ls"}).out.find('\x1b'), std::string::npos);
  host_.out.use_color = true;
  EXPECT_THAT(Run({"ls"}).out, HasSubstr("\x1b[1mASSET\x1b[0m"));
}

}  // namespace
}  // namespace entrepot
