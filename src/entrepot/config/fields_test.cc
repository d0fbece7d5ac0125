#include "entrepot/config/fields.h"

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using ::testing::Pair;

enum class Colour { kRed, kGreen };

struct Thing {
  std::string name = "x";
  bool loud = false;
  Colour colour = Colour::kRed;
};

const FieldList<Thing>& ThingFields() {
  static const auto fields =
      FieldList<Thing>("thing")
          .Field("name", &Thing::name, "What it is called.")
          .Field("loud", &Thing::loud, "Whether it is loud.")
          .Choice("colour", &Thing::colour,
                  {{"red", Colour::kRed}, {"green", Colour::kGreen}}, "How it looks.");
  return fields;
}

TEST(FieldListTest, ReadsOverTheDefaultsAndWritesItBack) {
  const Thing thing = ThingFields().Read(R"({"colour": "green", "loud": true})").value();
  EXPECT_EQ(thing.name, "x");
  EXPECT_TRUE(thing.loud);
  EXPECT_EQ(thing.colour, Colour::kGreen);
  EXPECT_EQ(ThingFields().Write(thing), R"({"name":"x","loud":true,"colour":"green"})");
}

TEST(FieldListTest, DefaultsCanBeGivenWithTheCall) {
  const Thing thing =
      ThingFields()
          .Read(R"({"loud": true})", {.name = "y", .colour = Colour::kGreen})
          .value();
  EXPECT_EQ(ThingFields().Write(thing), R"({"name":"y","loud":true,"colour":"green"})");
}

TEST(FieldListTest, ErrorsNameFieldExpectationAndValue) {
  EXPECT_THAT(ThingFields().Read(R"({"nmae": "y"})"),
              FailsWith(ErrorCode::kInvalid,
                        "config of thing: root:nmae is not a field (from code); did you "
                        "mean 'name'?"));
  EXPECT_THAT(ThingFields().Read(R"({"colour": "blue"})"),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("root:colour must be 'red' or 'green', not \"blue\"")));
  EXPECT_THAT(ThingFields().Read(R"({"loud": 1})"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("must be true or false, not 1")));
  EXPECT_THAT(ThingFields().Read("[1]"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("an object")));
  EXPECT_THAT(ThingFields().Read("{"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("config of thing: no JSON")));
}

// ---- every type of member ------------------------------------------------------------

struct Host {
  std::string name;
  int port = 80;

  static const FieldList<Host>& Fields();
  friend bool operator==(const Host&, const Host&) = default;
};

const FieldList<Host>& Host::Fields() {
  static const auto fields =
      FieldList<Host>("host")
          .Field("name", &Host::name, "Its name.", {.is_required = true})
          .Field("port", &Host::port, "TCP port.", {.at_least = 1, .at_most = 65535});
  return fields;
}

struct Program {
  std::int8_t level = 1;
  std::uint64_t size = 2;
  double ratio = 0.5;
  std::chrono::milliseconds timeout{1500};
  std::chrono::seconds pause{2};
  std::optional<int> limit{};
  std::vector<std::string> days = {"mon"};
  std::map<std::string, double> weights{};
  Host main{.name = "localhost"};
  std::vector<Host> others{};
  std::optional<Host> backup{};
  Secret token{};

  static const FieldList<Program>& Fields();
};

const FieldList<Program>& Program::Fields() {
  static const auto fields = FieldList<Program>("program")
                                 .Field("level", &Program::level, "")
                                 .Field("size", &Program::size, "Bytes.")
                                 .Field("ratio", &Program::ratio, "", {.at_most = 1})
                                 .Field("timeout", &Program::timeout, "")
                                 .Field("pause", &Program::pause, "")
                                 .Field("limit", &Program::limit, "", {.at_least = 0})
                                 .Field("days", &Program::days, "")
                                 .Field("weights", &Program::weights, "")
                                 .Field("main", &Program::main, "")
                                 .Field("others", &Program::others, "")
                                 .Field("backup", &Program::backup, "")
                                 .Field("token", &Program::token, "");
  return fields;
}

constexpr std::string_view kDefaults =
    R"({"level":1,"size":2,"ratio":0.5,"timeout":1.5,"pause":2,"limit":null,)"
    R"("days":["mon"],"weights":{},"main":{"name":"localhost","port":80},"others":[],)"
    R"("backup":null})";

TEST(FieldListTest, EveryTypeOfMemberComesBack) {
  EXPECT_EQ(Program::Fields().Write(Program()), kDefaults);
  const Program read =
      Program::Fields()
          .Read(R"({"level": -128, "size": 9223372036854775807, "ratio": 1,
                    "timeout": 0.25, "pause": 60, "limit": 7, "days": [],
                    "weights": {"a": 1, "b": 2.5}, "main": {"name": "m"},
                    "others": [{"name": "a"}, {"name": "b", "port": 1}],
                    "backup": {"name": "c"}, "token": "t"})")
          .value();
  EXPECT_EQ(read.level, -128);
  EXPECT_EQ(read.size, 9223372036854775807u);
  EXPECT_EQ(read.ratio, 1.0);
  EXPECT_EQ(read.timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(read.pause, std::chrono::seconds(60));
  EXPECT_EQ(read.limit, 7);
  EXPECT_TRUE(read.days.empty());
  EXPECT_THAT(read.weights, ElementsAre(Pair("a", 1.0), Pair("b", 2.5)));
  EXPECT_EQ(read.main, (Host{.name = "m"}));
  EXPECT_THAT(read.others, ElementsAre(Host{.name = "a"}, Host{.name = "b", .port = 1}));
  EXPECT_EQ(read.backup, (Host{.name = "c"}));
  EXPECT_EQ(read.token.Reveal(), "t");
}

TEST(FieldListTest, RangesOfTypesAndRulesAreChecked) {
  const auto fault = [](std::string_view json) {
    return Program::Fields().Read(json).error().message();
  };
  EXPECT_THAT(fault(R"({"level": 128})"),
              HasSubstr("an integer from -128 to 127, not 128"));
  EXPECT_THAT(fault(R"({"size": -1})"), HasSubstr("an integer of at least 0, not -1"));
  EXPECT_THAT(fault(R"({"ratio": 1.5})"), HasSubstr("a number of at most 1, not 1.5"));
  EXPECT_THAT(fault(R"({"timeout": -1})"), HasSubstr("a number of seconds from 0"));
  EXPECT_THAT(fault(R"({"timeout": 1e30})"), HasSubstr("root:timeout"));
  EXPECT_THAT(fault(R"({"pause": 0.5})"), HasSubstr("an integer of seconds"));
  EXPECT_THAT(fault(R"({"limit": -1})"),
              HasSubstr("from 0 to 2147483647, or null, not -1"));
  EXPECT_THAT(fault(R"({"others": [{"port": 0}]})"),
              AllOf(HasSubstr("root:others[0]:name is missing"),
                    HasSubstr("root:others[0]:port must be an integer from 1 to 65535")));
  EXPECT_THAT(fault(R"({"main": {"nam": "x"}})"), HasSubstr("did you mean 'name'?"));
}

TEST(FieldListTest, TheSchemaKnowsFieldsDefaultsAndSecrets) {
  const ConfigField& schema = Program::Fields().schema();
  EXPECT_EQ(schema.default_value()->dump(), kDefaults);
  const auto& fields = schema.type().As<ShapeType>()->fields;
  EXPECT_TRUE(FindField(fields, "token")->is_secret());
  EXPECT_FALSE(FindField(fields, "main")->is_secret());
  EXPECT_TRUE(Host::Fields().schema().is_required());
  EXPECT_EQ(FindField(fields, "size")->description(), "Bytes.");
}

TEST(FieldListTest, SourcesAndVariablesReachTheMembers) {
  ConfigTree config = ConfigTree::Text("3", "--set level").Below("level");
  config.Merge(ConfigTree(ConfigJson{{"token", {{"env", "TOKEN"}}}}, "settings.toml"));
  const auto environment = [](const std::string& name) {
    return name == "TOKEN" ? std::optional<std::string>("4711") : std::nullopt;
  };
  const Program program = Program::Fields().Read(config, environment).value();
  EXPECT_EQ(program.level, 3);
  EXPECT_EQ(program.token, Secret("4711", "TOKEN"));
  EXPECT_THAT(
      Program::Fields().Read(config),
      FailsWith(ErrorCode::kInvalid, HasSubstr("variable 'TOKEN', which is not set")));
}

TEST(FieldListTest, SecretsAreWrittenByReferenceOrNotAtAll) {
  EXPECT_THAT(Program::Fields().Write({.token = Secret("4711")}),
              AllOf(Not(HasSubstr("4711")), Not(HasSubstr("token"))));
  EXPECT_THAT(Program::Fields().Write({.token = Secret("4711", "TOKEN")}),
              AllOf(Not(HasSubstr("4711")), HasSubstr(R"("token":{"env":"TOKEN"})")));
  EXPECT_EQ(fmt::format("{}", Secret("4711")), "***");
}

struct Contradictory {
  int n = 0;
};

TEST(FieldListTest, ADeclarationThatContradictsItselfThrows) {
  EXPECT_THROW(
      FieldList<Contradictory>("c").Field("n", &Contradictory::n, "", {.at_least = 1}),
      ErrorException);
  EXPECT_THROW(FieldList<Contradictory>("c")
                   .Field("n", &Contradictory::n, "")
                   .Field("n", &Contradictory::n, ""),
               ErrorException);
}

}  // namespace
}  // namespace entrepot
