#include <filesystem>
#include <fstream>

#include <arrow/api.h>
#include <gmock/gmock.h>

#include "entrepot/cli/cli_for_test.h"
#include "entrepot/io/context.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class ShowTest : public CliTest {
 protected:
  void StoreNumbers(std::int64_t num_rows) {
    arrow::Int64Builder builder;
    for (std::int64_t i = 0; i < num_rows; ++i) ASSERT_TRUE(builder.Append(i * i).ok());
    const auto column = builder.Finish().ValueOrDie();
    Store("raw/numbers",
          arrow::Table::Make(arrow::schema({arrow::field("square", arrow::int64())}),
                             {column}));
  }
};

TEST_F(ShowTest, PrintsTheHeadOfATable) {
  StoreNumbers(1'000);
  const CliResult result = Run({"show", "raw/numbers", "--rows", "2"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "1,000 rows × 1 column\n"
            "square\n"
            " int64\n"
            "     0\n"
            "     1\n"
            "… 998 more rows\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(ShowTest, TellsATableAsJson) {
  StoreNumbers(1'000);
  for (const std::string verify : {"", "--verify"}) {
    std::vector<std::string> args = {"show", "raw/numbers", "--rows", "2", "--json"};
    if (!verify.empty()) args.push_back(verify);
    const Json json = Run(args).json();
    EXPECT_EQ(json["key"], "raw/numbers");
    EXPECT_EQ(json["kind"], "table");
    EXPECT_EQ(json["rows"], 1'000);
    EXPECT_EQ(json["columns"][0]["name"], "square");
    EXPECT_EQ(json["data"], Json::parse("[[0], [1]]"));
  }
}

TEST_F(ShowTest, PrintsTextAndJsonSoThatTheyCanBePiped) {
  Store("text", std::string("hello\n"));
  Store("json", Json{{"a", 1}});
  EXPECT_EQ(Run({"show", "text"}).out, "hello\n");
  EXPECT_EQ(Run({"show", "json"}).json(), Json({{"a", 1}}));
}

TEST_F(ShowTest, DescribesWithoutPrintingTheValue) {
  StoreNumbers(5);
  EXPECT_EQ(Run({"show", "raw/numbers", "--schema"}).out,
            "5 rows × 1 column\n"
            "COLUMN  TYPE   NULLS\n"
            "square  int64  allowed\n");
}

TEST_F(ShowTest, FindsDamageWhenAsked) {
  Store("tensor", std::vector<double>{1, 2, 3});
  const std::string path = home() + "/storage/tensor.npy";
  ASSERT_TRUE(std::filesystem::exists(path));
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('\x7f');  // The size stays.
  }
  const CliResult result = Run({"show", "tensor", "--verify"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(result.out, "");
}

TEST_F(ShowTest, OffersTheNearestAsset) {
  StoreNumbers(1);
  const CliResult result = Run({"show", "raw/nombers"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("did you mean 'raw/numbers'?"));
  EXPECT_EQ(Run({"show", "raw//numbers"}).exit_code, 2) << "not a key";
}

TEST_F(ShowTest, SaysHowToMakeWhatIsOnlyDefined) {
  StoreNumbers(1);
  host_.definitions = [] {
    Definitions definitions;
    definitions.Add(Asset("report").Compute([] { return 1; }));
    return definitions;
  };
  const CliResult result = Run({"show", "report"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, AllOf(HasSubstr("is defined, but was never materialized"),
                                HasSubstr("materialize --select +report")));
}

TEST_F(ShowTest, OffersTheNearestColumn) {
  StoreNumbers(1);
  const CliResult result = Run({"show", "--columns", "sqare", "raw/numbers"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean 'square'?"));
}

/// Keeps values where only a program that has it can find them.
class ShelfIOManager final : public IOManager {
 public:
  Status HandleOutput(OutputContext&, const Value& value) override {
    shelf_ = value;
    return {};
  }
  Result<Value> LoadInput(const InputContext&) override { return shelf_; }

 private:
  Value shelf_;
};

TEST_F(ShowTest, LoadsThroughTheManagersOfTheDefinitions) {
  const auto shelf = std::make_shared<ShelfIOManager>();
  host_.definitions = [shelf] {
    Definitions definitions;
    definitions.Bind("shelf", std::shared_ptr<IOManager>(shelf));
    definitions.Add(
        Asset("a").IOManagerKey("shelf").Compute([] { return std::string("here"); }));
    return definitions;
  };
  ASSERT_EQ(Run({"materialize"}).exit_code, 0);
  EXPECT_EQ(Run({"show", "a"}).out, "here\n");
  host_.definitions = nullptr;
  const CliResult without = Run({"show", "a"});
  EXPECT_EQ(without.exit_code, 3);
  EXPECT_THAT(without.err, HasSubstr("'shelf'"));
}

/// A C++ object without a conversion.
struct Mesh {
  int num_cells = 0;
};

TEST_F(ShowTest, LeavesForeignObjectsToTheHost) {
  const auto shelf = std::make_shared<ShelfIOManager>();
  host_.definitions = [shelf] {
    Definitions definitions;
    definitions.Bind("shelf", std::shared_ptr<IOManager>(shelf));
    definitions.Add(Asset("mesh").IOManagerKey("shelf").Compute([] { return Mesh{7}; }));
    return definitions;
  };
  ASSERT_EQ(Run({"materialize"}).exit_code, 0);
  const CliResult without = Run({"show", "mesh"});
  EXPECT_EQ(without.exit_code, 9);
  EXPECT_THAT(without.err, HasSubstr("Mesh"));
  host_.preview_foreign = [](const Value&,
                             const PreviewOptions& options) -> Result<std::string> {
    return fmt::format("<Mesh, {} rows>", options.rows);
  };
  EXPECT_EQ(Run({"show", "mesh"}).out, "<Mesh, 10 rows>\n");
  EXPECT_EQ(Run({"show", "mesh", "--json"}).json()["text"], "<Mesh, 10 rows>");
  EXPECT_EQ(Run({"show", "mesh", "--json"}).json()["key"], "mesh");
}

TEST_F(ShowTest, SendsPicklesToPython) {
  Store("other", std::string("x"));
  {
    const auto instance = Instance::Open(home()).value();
    Materialized pickled{.key = AssetKey::Parse("model").value()};
    pickled.receipts.push_back({.format = "pickle", .type = "sklearn.Pipeline"});
    pickled.io_manager = {.key = "io_manager", .kind = "filesystem", .config = "{}"};
    std::vector<Event> events;
    events.push_back(
        {.time = 1, .run_id = "", .step_key = "model", .data = std::move(pickled)});
    ASSERT_TRUE(instance->log().Append(std::move(events)).has_value());
  }
  const CliResult result = Run({"show", "model"});
  EXPECT_EQ(result.exit_code, 9);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("sklearn.Pipeline"), HasSubstr("Python package")));
}

}  // namespace
}  // namespace entrepot
