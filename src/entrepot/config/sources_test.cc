#include "entrepot/config/sources.h"

#include <filesystem>
#include <fstream>

#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using Pointer = ConfigTree::Pointer;

constexpr std::string_view kToml = R"(
top = 20
title = "Delays"
ratio = 0.5
dry = true
since = 2024-01-31

[resources.io_manager]
base_dir = "/data"
hosts = [
  "a",
  "b",
]
)";

TEST(ParseTomlTest, EveryValueKnowsItsLine) {
  const ConfigTree config = ParseToml(kToml, "settings.toml").value();
  // Whatever the order, which TOML does not promise.
  EXPECT_EQ(
      nlohmann::json(config.json()),
      nlohmann::json::parse(R"({"top": 20, "title": "Delays", "ratio": 0.5, "dry": true,
                                "since": "2024-01-31",
                                "resources": {"io_manager": {"base_dir": "/data",
                                                             "hosts": ["a", "b"]}}})"));
  EXPECT_EQ(config.SourceOf(Pointer("/top")), "settings.toml:2");
  EXPECT_EQ(config.SourceOf(Pointer("/resources/io_manager/base_dir")),
            "settings.toml:9");
  EXPECT_EQ(config.SourceOf(Pointer("/resources/io_manager/hosts/1")),
            "settings.toml:12");
  EXPECT_EQ(config.SourceOf(Pointer()), "settings.toml");
}

TEST(ParseTomlTest, FaultsNameTheLine) {
  EXPECT_THAT(ParseToml("a = 1\nb = \n", "x.toml"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("x.toml:2: no TOML")));
  EXPECT_THAT(ParseToml("a = 1\na = 2\n", "x.toml"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("x.toml:2")));
  EXPECT_THAT(ParseToml("a = 1\nb = inf\n", "x.toml"),
              FailsWith(ErrorCode::kInvalid, "x.toml:2: a number must be finite"));
  // The parser takes this for impossible.
  EXPECT_THAT(ParseToml("na\u0499 = 1", "x.toml"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("x.toml:1: no TOML")));
  EXPECT_THAT(ParseToml("[ = 1", "x.toml"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("x.toml: no TOML")));
  std::string deep = "a";
  for (int i = 0; i < kMaxConfigDepth; ++i) deep += ".a";
  EXPECT_THAT(ParseToml(deep + " = 1", "x.toml"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("more than 100 deep")));
}

TEST(ParseJsonTest, AConfigurationIsAnObject) {
  EXPECT_EQ(ParseJson(R"({"a": 1})", "x.json").value().SourceOf(Pointer("/a")), "x.json");
  EXPECT_THAT(
      ParseJson("[1]", "x.json"),
      FailsWith(ErrorCode::kInvalid, AllOf(HasSubstr("'x.json'"), HasSubstr("not [1]"))));
  EXPECT_THAT(ParseJson("{", "x.json"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'x.json': no JSON")));
}

TEST(ReadConfigFileTest, TheExtensionTellsTheFormat) {
  const testing::TemporaryFolder folder;
  const auto write = [&](const std::string& name, std::string_view text) {
    const std::string path = folder.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  };
  EXPECT_EQ(ReadConfigFile(write("a.toml", "a = 1")).value().json().dump(), R"({"a":1})");
  EXPECT_EQ(ReadConfigFile(write("a.json", R"({"a": 1})")).value().json().dump(),
            R"({"a":1})");
  EXPECT_EQ(ReadConfigFile(write("empty.toml", "")).value().json().dump(), "{}");
  EXPECT_THAT(ReadConfigFile(write("a.yaml", "a: 1")),
              FailsWith(ErrorCode::kInvalid, HasSubstr("neither a .toml nor a .json")));
  EXPECT_THAT(ReadConfigFile(folder.path() + "/none.toml"),
              FailsWith(ErrorCode::kNotFound, HasSubstr("none.toml")));
  std::filesystem::create_directory(folder.path() + "/folder.toml");
  EXPECT_THAT(ReadConfigFile(folder.path() + "/folder.toml"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("is a folder")));
}

TEST(ConfigFromEnvironmentTest, NamesBecomePaths) {
  const ConfigTree config =
      ConfigFromEnvironment("ENTREPOT__",
                            {{"ENTREPOT__RESOURCES__IO_MANAGER__BASE_DIR", "/data"},
                             {"ENTREPOT__TOP", "20"},
                             {"ENTREPOT_HOME", "/home"},
                             {"PATH", "/bin"}})
          .value();
  EXPECT_EQ(config.json().dump(),
            R"({"resources":{"io_manager":{"base_dir":"/data"}},"top":"20"})");
  EXPECT_TRUE(config.IsText(Pointer("/top")));
  EXPECT_EQ(config.SourceOf(Pointer("/resources/io_manager/base_dir")),
            "environment variable ENTREPOT__RESOURCES__IO_MANAGER__BASE_DIR");
  EXPECT_FALSE(ConfigFromEnvironment("ENTREPOT__", {{"A", "b"}}).value().is_given());
}

TEST(ConfigFromEnvironmentTest, WhatNamesNoFieldIsRefusedWithoutItsValue) {
  for (const std::string name : {"E__", "E__A__", "E____A"}) {
    EXPECT_THAT(ConfigFromEnvironment("E__", {{name, "4711"}}),
                FailsWith(ErrorCode::kInvalid,
                          AllOf(HasSubstr("'" + name + "'"), Not(HasSubstr("4711")))));
  }
}

TEST(ConfigFromEnvironmentTest, AFieldAndAFieldOfItCannotBothBeSet) {
  EXPECT_THAT(ConfigFromEnvironment("E__", {{"E__A", "4711"}, {"E__A__B", "2"}}),
              FailsWith(ErrorCode::kInvalid, AllOf(HasSubstr("'E__A' and 'E__A__B'"),
                                                   Not(HasSubstr("4711")))));
  EXPECT_THAT(ConfigFromEnvironment("E__", {{"E__a", "1"}, {"E__A", "2"}}),
              FailsWith(ErrorCode::kInvalid));
}

TEST(ParseAssignmentTest, NamesAndValueAreParted) {
  const ConfigTree config = ParseAssignment("report.top=20").value();
  EXPECT_EQ(config.json().dump(), R"({"report":{"top":"20"}})");
  EXPECT_TRUE(config.IsText(Pointer("/report/top")));
  EXPECT_EQ(config.SourceOf(Pointer("/report/top")), "--set report.top");
  EXPECT_EQ(ParseAssignment("a=b=c").value().json().dump(), R"({"a":"b=c"})");
  EXPECT_EQ(ParseAssignment("a=").value().json().dump(), R"({"a":""})");
  EXPECT_EQ(ParseAssignment(R"(assets."a.b=c".top=1)").value().json().dump(),
            R"({"assets":{"a.b=c":{"top":"1"}}})");
}

TEST(ParseAssignmentTest, WhatIsNoAssignmentIsRefusedWithoutItsValue) {
  for (const std::string text : {"", "report", "=1", "a..b=1", "a.=1", "\"a=1"}) {
    EXPECT_THAT(ParseAssignment(text), FailsWith(ErrorCode::kInvalid)) << text;
  }
  EXPECT_THAT(ParseAssignment("a..password=4711"),
              FailsWith(ErrorCode::kInvalid, Not(HasSubstr("4711"))));
}

TEST(ConfigSourcesTest, LaterSourcesWin) {
  ConfigTree config = ParseToml(kToml, "settings.toml").value();
  config.Merge(ConfigFromEnvironment("E__", {{"E__TOP", "30"}, {"E__DRY", "0"}}).value());
  config.Merge(ParseAssignment("top=40").value());
  EXPECT_EQ(config.json().at("top"), "40");
  EXPECT_EQ(config.SourceOf(Pointer("/top")), "--set top");
  EXPECT_EQ(config.SourceOf(Pointer("/dry")), "environment variable E__DRY");
  EXPECT_EQ(config.SourceOf(Pointer("/title")), "settings.toml:3");
}

}  // namespace
}  // namespace entrepot
