#include "entrepot/cli/run_cli.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include <gmock/gmock.h>

#include "entrepot/cli/cli_for_test.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class RunCliTest : public CliTest {};

TEST_F(RunCliTest, PrintsHelpAsData) {
  const CliResult help = RunBare({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_THAT(help.out, AllOf(HasSubstr("Usage: flights [OPTIONS] [VERB]"),
                              HasSubstr("\n  ls "), HasSubstr("--instance")));
}

constexpr const char* kVerbs[] = {"materialize", "ls", "show", "history", "runs"};

/// The longest line of `text`, in bytes.
size_t LongestLine(const std::string& text) {
  size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    longest = std::max(longest, line.size());
  }
  return longest;
}

TEST_F(RunCliTest, ShowsAnExampleOfEachVerbIn80Columns) {
  host_.definitions = [] { return Definitions(); };
  const CliResult help = RunBare({"--help"});
  EXPECT_THAT(help.out, HasSubstr("Examples:\n  flights materialize\n  flights ls\n"));
  EXPECT_LE(LongestLine(help.out), 80u) << help.out;
  for (const char* verb : kVerbs) {
    const CliResult of_verb = RunBare({verb, "--help"});
    EXPECT_EQ(of_verb.exit_code, 0);
    EXPECT_THAT(of_verb.out, AllOf(HasSubstr(fmt::format("Example:\n  flights {}", verb)),
                                   HasSubstr("flights --help\nhas the options of all")));
    EXPECT_LE(LongestLine(of_verb.out), 80u) << of_verb.out;
  }
}

TEST_F(RunCliTest, ShowsExamplesThatNameDefinitionsWhereTheyMustBeNamed) {
  host_.load_definitions = [](const DefinitionsSource&) -> Result<Definitions> {
    return Definitions();
  };
  EXPECT_THAT(RunBare({"--help"}).out,
              AllOf(HasSubstr("  flights -f flights.py materialize\n  flights ls\n"),
                    HasSubstr("-m,--module MODULE")));
  EXPECT_THAT(RunBare({"materialize", "--help"}).out,
              HasSubstr("Example:\n  flights -f flights.py materialize --select "));
  EXPECT_THAT(RunBare({"ls", "--help"}).out, HasSubstr("Example:\n  flights ls"));
}

TEST_F(RunCliTest, OffersOnlyVerbsThatCanWork) {
  EXPECT_THAT(RunBare({"--help"}).out, Not(HasSubstr("materialize")));
  EXPECT_THAT(RunBare({"materialize", "--help"}).out,
              AllOf(HasSubstr("this is the C++ command"), Not(HasSubstr("Example"))));
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
  EXPECT_THAT(RunBare({"history", "--limt=3"}).err,
              StartsWith("error: unknown option '--limt=3'; did you mean '--limit'?\n"));
}

TEST_F(RunCliTest, SaysWhatIsWrongWithTheArguments) {
  const auto wrong = [this](std::vector<std::string> args) {
    const CliResult result = RunBare(std::move(args));
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("--help' for what there is\n"));
    return result.err.substr(0, result.err.find('\n'));
  };
  EXPECT_EQ(wrong({"ls", "raw/flights"}),
            "error: 'ls' takes no further argument: 'raw/flights'");
  EXPECT_EQ(wrong({"show"}), "error: KEY is required");
  EXPECT_EQ(wrong({"show", "a", "--rows", "many"}),
            "error: '--rows' must be a whole number of at least 0, not 'many'");
  EXPECT_EQ(wrong({"materialize", "--jobs", "0"}),
            "error: '--jobs' must be a whole number of at least 1, not '0'");
  EXPECT_EQ(wrong({"history", "a", "--limit"}), "error: '--limit' needs a value");
  EXPECT_EQ(wrong({"history", "a", "--limit", "1", "--limit", "2"}),
            "error: '--limit' is there twice");
  EXPECT_EQ(wrong({"materialize", "--durability", "slow"}),
            "error: '--durability' must be 'full' or 'fast', not 'slow'");
  EXPECT_EQ(wrong({"materialize", "--select", ""}),
            "error: '--select' must not be empty");
  EXPECT_EQ(wrong({"runs", ""}), "error: 'RUN_ID' must not be empty");
  EXPECT_EQ(wrong({"--instance", "", "ls"}), "error: '--instance' must not be empty");
  EXPECT_EQ(wrong({"--json", "ls"}), "error: '--json' belongs behind the verb 'ls'");
  EXPECT_EQ(wrong({"help", "show"}).substr(0, 29), "error: unknown verb 'help'; t");
  EXPECT_EQ(wrong({"config"}),
            "error: 'config' needs a verb of its own; there is 'schema'");
  EXPECT_EQ(wrong({"config", "schem"}),
            "error: unknown verb 'schem' of 'config'; did you mean 'schema'?");
}

TEST_F(RunCliTest, RefusesOptionsThatWouldBeIgnored) {
  EXPECT_EQ(RunBare({"runs", "01a2", "--limit", "5"}).exit_code, 2);
  EXPECT_EQ(RunBare({"runs", "--log"}).exit_code, 2);
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

TEST_F(RunCliTest, SaysNothingWhereItsReaderHasHadEnough) {
  Store("a", std::string("text"));
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  std::ostream broken(nullptr);
  std::ostringstream err;
  CliHost host;
  host.out = {.stream = &broken, .descriptor = ends[1]};
  host.err.stream = &err;
  EXPECT_EQ(RunCli(std::move(host), {"--instance", home(), "show", "a"}), 7);
  EXPECT_EQ(err.str(), "");
  ::close(ends[1]);
}

TEST_F(RunCliTest, SuggestsCommandsThatAShellReadsAsTheyAreMeant) {
  const std::string key = "it's [new]\x1b";
  host_.definitions = [key] {
    Definitions definitions;
    definitions.Add(Asset(AssetKey::Make({key}).value()).Compute([] { return 1; }));
    return definitions;
  };
  const CliResult result = Run({"materialize"});
  EXPECT_THAT(result.out, HasSubstr(" show $'it\\'s [new]\\x1b'\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("\x1b")));
}

TEST_F(RunCliTest, ColoursOnlyWhereAskedTo) {
  Store("a", std::string("text"));
  EXPECT_EQ(Run({"ls"}).out.find('\x1b'), std::string::npos);
  host_.out.use_color = true;
  EXPECT_THAT(Run({"ls"}).out, HasSubstr("\x1b[1mASSET\x1b[0m"));
}

}  // namespace
}  // namespace entrepot
