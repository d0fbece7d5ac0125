// Runs that are configured: steps, resources, and what is wrong with what they are given.

#include "entrepot/execution/run_config.h"

#include "entrepot/config/describe.h"
#include "entrepot/config/sources.h"
#include "entrepot/execution/asset_value_loader.h"
#include "entrepot/execution/materialize.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Not;

struct ReportOptions {
  int top = 10;
  std::string title = "Worst days";
  static const FieldList<ReportOptions>& Fields() {
    static const auto fields =
        FieldList<ReportOptions>("report")
            .Field("top", &ReportOptions::top, "Rows shown.", {.at_least = 1})
            .Field("title", &ReportOptions::title, "Above them.");
    return fields;
  }
};

struct DatabaseOptions {
  std::string url;
  Secret password;
  static const FieldList<DatabaseOptions>& Fields() {
    static const auto fields =
        FieldList<DatabaseOptions>("database")
            .Field("url", &DatabaseOptions::url, "Where it is.", {.is_required = true})
            .Field("password", &DatabaseOptions::password, "Of the user.");
    return fields;
  }
};

Asset Report() {
  return Asset("report").Config<ReportOptions>().Compute([](const StepContext& step) {
    const auto& options = step.config<ReportOptions>();
    return fmt::format("{}: {}", options.title, options.top);
  });
}

/// A run's configuration as a file and arguments would give it.
RunConfig Given(const std::string& toml, const std::vector<std::string>& sets = {}) {
  ConfigTree tree = ParseToml(toml, "run.toml").value();
  for (const std::string& set : sets) tree.Merge(ParseAssignment(set).value());
  return {.given = tree};
}

void BindDatabase(Definitions& defs) {
  defs.Bind<DatabaseOptions>(
      "database",
      [](const DatabaseOptions& options) -> Result<std::shared_ptr<std::string>> {
        return std::make_shared<std::string>(options.url + options.password.Reveal());
      });
}

/// Reads the text that BindDatabase binds.
Asset Users() {
  return Asset("users").RequiresResources({"database"}).Compute([](StepContext& step) {
    return *step.resource<std::string>("database").value();
  });
}

TEST(RunConfigTest, AStepHasItsDefaultsWhereNothingIsGiven) {
  Definitions defs;
  defs.Add(Report());
  EXPECT_THAT(Materialize(defs).value().Output<std::string>("report"),
              IsOkAndHolds("Worst days: 10"));
}

TEST(RunConfigTest, LaterSourcesWinFieldByField) {
  Definitions defs;
  defs.Add(Report());
  const auto run = Materialize(
      defs, {.config = Given("[report]\ntop = 5\ntitle = 'Days'", {"report.top=20"})});
  EXPECT_THAT(run.value().Output<std::string>("report"), IsOkAndHolds("Days: 20"));
}

TEST(RunConfigTest, AnOpOfAJobIsConfigured) {
  Job job("nightly");
  job.Add(Op("report").Config<ReportOptions>().Compute(
      [](const StepContext& step) { return step.config<ReportOptions>().title; }));
  Definitions defs;
  defs.Add(std::move(job));
  const auto run =
      ExecuteJob(defs, "nightly", {.config = Given("report.title = 'Nights'")});
  EXPECT_THAT(FromValue<std::string>(run.value().OutputValue("report", "result").value()),
              IsOkAndHolds("Nights"));
}

TEST(RunConfigTest, AResourceIsMadeFromItsConfiguration) {
  Definitions defs;
  BindDatabase(defs);
  defs.Add(Users());
  RunConfig config = Given("database = {url = 'db:', password = {env = 'DB_PASSWORD'}}");
  config.environment = [](const std::string& name) {
    return name == "DB_PASSWORD" ? std::optional<std::string>("s3cret") : std::nullopt;
  };
  const auto run = Materialize(defs, {.config = config});
  EXPECT_THAT(run.value().Output<std::string>("users"), IsOkAndHolds("db:s3cret"));
}

TEST(RunConfigTest, AllFaultsAreToldBeforeTheFirstStepWithPathValueAndSource) {
  Definitions defs;
  int computed = 0;
  defs.Add(Report());
  defs.Add(Asset("first").Compute([&] { ++computed; }));
  BindDatabase(defs);
  const auto run = Materialize(
      defs, {.config = Given("[report]\ntop = 0\ntitel = 'x'", {"reprot.top=3"})});
  EXPECT_THAT(run,
              FailsWith(ErrorCode::kInvalid,
                        AllOf(HasSubstr("config of the run has 4 faults"),
                              HasSubstr("root:report:top must be an integer from 1 to "
                                        "2147483647, not 0 (from run.toml:2)"),
                              HasSubstr("root:report:titel is not a field (from "
                                        "run.toml:3); did you mean 'title'?"),
                              HasSubstr("root:database is missing"),
                              HasSubstr("root:reprot is not a field (from --set "
                                        "reprot.top); did you mean 'report'?"))));
  EXPECT_EQ(computed, 0);
}

TEST(RunConfigTest, AVariableThatIsNotSetFailsTheRunBeforeAnythingIsMade) {
  Definitions defs;
  BindDatabase(defs);
  int made = 0;
  defs.Bind("a", [&](const ResourceContext&) -> Result<std::shared_ptr<int>> {
    return std::make_shared<int>(++made);
  });
  defs.Add(Users());
  const auto run = Materialize(
      defs, {.config = Given("database = {url = 'x', password = {env = 'NOPE'}}")});
  EXPECT_THAT(run, FailsWith(ErrorCode::kInvalid,
                             HasSubstr("config of 'database': root:password needs the "
                                       "environment variable 'NOPE', which is not set")));
  EXPECT_EQ(made, 0);
}

TEST(RunConfigTest, SecretsAreInNoErrorAndNoEvent) {
  Definitions defs;
  BindDatabase(defs);
  defs.Add(Users());
  const auto instance = Instance::Ephemeral().value();
  const auto run =
      Materialize(defs, {.instance = instance,
                         .config = Given("database = {url = 7, password = 's3cret'}")});
  ASSERT_THAT(run, FailsWith(ErrorCode::kInvalid, HasSubstr("root:database:url")));
  EXPECT_THAT(run.error().ToString(), Not(HasSubstr("s3cret")));
  const auto wrong = Materialize(
      defs, {.instance = instance,
             .config = Given("database = {url = 'x', password = ['s3cret']}")});
  ASSERT_THAT(wrong, FailsWith(ErrorCode::kInvalid, HasSubstr("not '***'")));
  EXPECT_THAT(wrong.error().ToString(), Not(HasSubstr("s3cret")));
  for (const RunRecord& record : instance->log().Runs({}).value())
    EXPECT_THAT(record.error,
                AllOf(HasSubstr("root:database"), Not(HasSubstr("s3cret"))));
}

TEST(RunConfigTest, WhatARunDoesNotUseMayBeIncomplete) {
  Definitions defs;
  defs.Add(Asset("one").Compute([] { return 1.0; }));
  defs.Bind<DatabaseOptions>(
      "shelf",
      [](const DatabaseOptions&,
         const ResourceContext&) -> Result<std::shared_ptr<IOManager>> {
        return Invalid("nobody asked for it");
      });
  EXPECT_THAT(Materialize(defs).value().ToStatus(), IsOk());
}

TEST(RunConfigTest, TheFilesystemManagerTakesItsFolderFromTheRun) {
  const testing::TemporaryFolder folder;
  Definitions defs;
  defs.Bind("io_manager", FileSystemIOManagerFactory(R"({"durability": "fast"})"));
  defs.Add(Asset("one").Compute([] { return std::string("1"); }));
  RunConfig config;
  config.given =
      ParseAssignment("io_manager.base_dir=" + folder.path() + "/values").value();
  const auto instance = Instance::Ephemeral().value();
  ASSERT_THAT(
      Materialize(defs, {.instance = instance, .config = config}).value().ToStatus(),
      IsOk());
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/values/one.txt"));
  const AssetValueLoader loader(instance, defs, config);
  EXPECT_THAT(loader.Load<std::string>("one"), IsOkAndHolds("1"));
  const AssetValueLoader elsewhere(instance, defs);
  EXPECT_THAT(elsewhere.Load<std::string>("one"), FailsWith(ErrorCode::kNotFound));
  config.given = ParseAssignment("io_manager.base_dri=x").value();
  EXPECT_THAT(Materialize(defs, {.instance = instance, .config = config}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'base_dir'")));
}

TEST(RunConfigTest, TheResourcesOfALoaderAreMadeFromItsConfiguration) {
  Definitions defs;
  BindDatabase(defs);
  const auto instance = Instance::Ephemeral().value();
  const AssetValueLoader loader(instance, defs, Given("database.url = 'db:'"));
  EXPECT_EQ(*loader.MakeResources().value()->Get<std::string>("database").value(), "db:");
  const AssetValueLoader without(instance, defs);
  EXPECT_THAT(without.MakeResources(), FailsWith(ErrorCode::kInvalid, HasSubstr("url")));
}

TEST(RunConfigTest, APlanChecksWhatIsGivenAndReadsNoVariables) {
  Definitions defs;
  BindDatabase(defs);
  defs.Add(Users());
  EXPECT_THAT(PlanRun(defs, {.config = Given("database.urll = 'x'")}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'url'")));
  EXPECT_THAT(
      PlanRun(defs,
              {.config = Given("database = {url = 'x', password = {env = 'NOPE'}}")}),
      IsOk());
}

TEST(RunConfigTest, AskingForAnotherTypeThanDeclaredFailsTheStep) {
  Definitions defs;
  defs.Add(Asset("other").Config<ReportOptions>().Compute(
      [](const StepContext& step) { return step.config<DatabaseOptions>().url; }));
  defs.Add(Asset("none").Compute(
      [](const StepContext& step) { return step.config<ReportOptions>().title; }));
  const RunResult run = Materialize(defs).value();
  EXPECT_THAT(run.steps().at(0).error->ToString(),
              HasSubstr("step 'other' asks for a configuration of another type"));
  EXPECT_THAT(run.steps().at(1).error->ToString(),
              HasSubstr("step 'none' asks for a configuration and declares none"));
}

TEST(RunConfigTest, AStepAndAResourceOfOneNameCannotBothTakeOne) {
  Definitions defs;
  defs.Add(Asset("database").Config<ReportOptions>().Compute([] { return 1.0; }));
  BindDatabase(defs);
  EXPECT_THAT(defs.Validate(),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'database' both take a")));
}

TEST(RunConfigTest, ARequiredResourceThatIsNotBoundIsAFaultThatListsWhatThereIs) {
  Definitions defs;
  defs.Add(Users());
  EXPECT_THAT(defs.Validate(),
              FailsWith(ErrorCode::kInvalid, HasSubstr("; there are none")));
  Definitions other = defs;
  other.Bind("clock", std::make_shared<int>(1));
  EXPECT_THAT(other.Validate(),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("requires resource 'database', which is not bound; "
                                  "there are: clock")));
  defs.Bind("databse", std::make_shared<int>(1));
  EXPECT_THAT(defs.Validate(),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("step 'users' requires resource 'database', which is "
                                  "not bound; did you mean 'databse'?; there are: "
                                  "databse")));
}

TEST(RunConfigTest, ARequiredManagerIsMadeForTheStep) {
  const testing::TemporaryFolder folder;
  Definitions defs;
  defs.Bind("shelf", FileSystemIOManagerFactory(R"({"base_dir": "/nowhere"})"));
  defs.Add(Asset("uses").RequiresResources({"shelf"}).Compute([](StepContext& step) {
    return std::string(step.resource<IOManager>("shelf") ? "there" : "missing");
  }));
  EXPECT_THAT(Materialize(defs).value().Output<std::string>("uses"),
              IsOkAndHolds("there"));
}

TEST(RunConfigTest, TheSchemaListsStepsAndResourcesByTheirNames) {
  Definitions defs;
  defs.Add(Report());
  BindDatabase(defs);
  std::vector<std::string> paths;
  for (const FieldRow& row : ListFields(ConfigSchemaOf(defs).value()))
    paths.push_back(row.path);
  EXPECT_THAT(paths, ElementsAre("database", "database.url", "database.password",
                                 "report", "report.top", "report.title"));
  EXPECT_THAT(ConfigSchemaOf(defs, "nightly"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no job 'nightly'")));
}

}  // namespace
}  // namespace entrepot
