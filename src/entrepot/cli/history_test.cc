#include <gmock/gmock.h>

#include "entrepot/cli/cli_for_test.h"

namespace entrepot {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class HistoryTest : public CliTest {
 protected:
  HistoryTest() {
    host_.definitions = [] {
      Definitions definitions;
      definitions.Add(Asset("raw").Compute([] { return 20; }));
      definitions.Add(Asset("report").Reads("raw").Compute([](int raw) { return raw; }));
      return definitions;
    };
  }
};

TEST_F(HistoryTest, ListsMaterializationsNewestFirst) {
  ASSERT_EQ(Run({"materialize"}).exit_code, 0);
  ASSERT_EQ(Run({"materialize"}).exit_code, 0);
  const Json json = Run({"history", "report", "--json"}).json();
  ASSERT_EQ(json["materializations"].size(), 2u);
  EXPECT_GT(json["materializations"][0]["id"], json["materializations"][1]["id"]);
  EXPECT_EQ(json["materializations"][0]["size_bytes"], 2);
  EXPECT_EQ(json["materializations"][0]["inputs"][0]["key"], "raw");
  EXPECT_GT(json["materializations"][0]["inputs"][0]["source_id"], 0);
  EXPECT_EQ(Run({"history", "report", "--json", "--limit", "1"})
                .json()["materializations"]
                .size(),
            1u);
  const std::string text = Run({"history", "report"}).out;
  EXPECT_THAT(text, ContainsRegex("ID +TIME +RUN +VALUE +SIZE +TOOK +VERSION\n"));
  EXPECT_THAT(text,
              ContainsRegex("20[0-9-]+ [0-9:]+Z  [0-9a-f]{8}-[0-9a-f]{4}  json +2 B "));
  EXPECT_THAT(text, Not(HasSubstr("←")));
}

TEST_F(HistoryTest, TellsWhatEachRead) {
  ASSERT_EQ(Run({"materialize"}).exit_code, 0);
  ASSERT_EQ(Run({"materialize", "--select", "report"}).exit_code, 0);
  const std::string text = Run({"history", "report", "--lineage"}).out;
  EXPECT_THAT(text, ContainsRegex("← raw \\(id [0-9]+\\), read in "));
  EXPECT_THAT(text, ContainsRegex("← raw \\(id [0-9]+\\), handed over in memory"));
}

TEST_F(HistoryTest, TellsWhatWasRecordedAboutEach) {
  host_.definitions = [] {
    Definitions definitions;
    definitions.Add(Asset("raw").Compute([](StepContext& step) {
      step.AddOutputMetadata({{"share", 0.5}, {"note", "two\nlines\x1b"}});
      return 20;
    }));
    return definitions;
  };
  ASSERT_EQ(Run({"materialize"}).exit_code, 0);
  EXPECT_THAT(Run({"history", "raw", "--metadata"}).out,
              HasSubstr("\n        share: 0.5\n        note: two\\nlines\\x1b\n"));
  EXPECT_THAT(Run({"history", "raw"}).out, Not(HasSubstr("share")));
}

TEST_F(HistoryTest, OffersTheNearestAsset) {
  ASSERT_EQ(Run({"materialize"}).exit_code, 0);
  const CliResult result = Run({"history", "repor"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("did you mean 'report'?"));
}

}  // namespace
}  // namespace entrepot
