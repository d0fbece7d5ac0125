#include <gmock/gmock.h>

#include "entrepot/cli/cli_for_test.h"

namespace entrepot {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class LsTest : public CliTest {
 protected:
  void Define() {
    host_.definitions = [] {
      Definitions definitions;
      definitions.Add(Asset("report").Group("reports").Reads("raw/b").Compute(
          [](int b) { return b; }));
      definitions.Add(
          Asset("raw/b").Group("raw").Describe("The second").Compute([] { return 2; }));
      return definitions;
    };
  }
};

TEST_F(LsTest, ListsWhatTheInstanceHas) {
  Store("raw/a", std::vector<float>{1, 2});
  Store("text", std::string("hello"));
  const CliResult result = Run({"ls"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, ContainsRegex("ASSET +VALUE +SIZE +MATERIALIZED"));
  EXPECT_THAT(result.out, ContainsRegex("raw/a  tensor/npy +[0-9]+ B  "));
  EXPECT_THAT(result.out, ContainsRegex("text   text +5 B  "));
}

TEST_F(LsTest, ListsDefinedAssetsInTheOrderTheyAreMadeThenOthers) {
  Define();
  ASSERT_EQ(Run({"materialize", "--select", "raw/b"}).exit_code, 0);
  Store("other", std::string("hello"));
  const std::string out = Run({"ls"}).out;
  EXPECT_THAT(out, ContainsRegex("raw/b +raw +json +1 B +.* [0-9a-f]{8}-[0-9a-f]{4}\n"
                                 "report +reports +never\n"
                                 "other +text "));
}

TEST_F(LsTest, ListsDefinedAssetsBeforeThereIsAnInstance) {
  Define();
  const CliResult result = Run({"ls"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out,
            "ASSET   GROUP    MATERIALIZED\n"
            "raw/b   raw      never\n"
            "report  reports  never\n");
}

TEST_F(LsTest, TellsEverythingAsJson) {
  Define();
  ASSERT_EQ(Run({"materialize", "--select", "raw/b"}).exit_code, 0);
  const Json json = Run({"ls", "--json"}).json();
  EXPECT_EQ(json["instance"], home());
  const Json& first = json["assets"][0];
  EXPECT_EQ(first["key"], "raw/b");
  EXPECT_EQ(first["path"], Json({"raw", "b"}));
  EXPECT_EQ(first["group"], "raw");
  EXPECT_EQ(first["description"], "The second");
  EXPECT_EQ(first["is_defined"], true);
  EXPECT_EQ(first["latest"]["size_bytes"], 1);
  EXPECT_EQ(first["latest"]["receipts"].size(), 1u);
  EXPECT_EQ(json["assets"][1]["latest"], nullptr);
}

TEST_F(LsTest, KeepsKeysWithControlCharactersOnTheirLine) {
  Store("a\nb\x1b[31m", std::string("x"));
  EXPECT_THAT(Run({"ls"}).out, HasSubstr("\na\\nb\\x1b[31m  text"));
}

}  // namespace
}  // namespace entrepot
