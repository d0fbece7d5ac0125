#include "entrepot/config/validate.h"

#include <map>

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using ::testing::Not;

const ConfigType kText = ConfigType::Scalar(ScalarKind::kText);
const ConfigType kInt = ConfigType::Scalar(ScalarKind::kInt);
const ConfigType kFloat = ConfigType::Scalar(ScalarKind::kFloat);
const ConfigType kBool = ConfigType::Scalar(ScalarKind::kBool);

ConfigField Field(ConfigFieldOptions options) {
  return ConfigField::Make(std::move(options)).value();
}

ConfigType Shape(std::vector<NamedField> fields) {
  return ConfigType::Shape(std::move(fields)).value();
}

/// { bucket: text, n?: integer = 3, prefix?: text }, as of an I/O manager.
ConfigType Bucket() {
  return Shape({{"bucket", Field({.type = kText, .description = "S3 bucket name"})},
                {"n", Field({.type = kInt, .default_value = 3})},
                {"prefix", Field({.type = kText, .is_required = false})}});
}

Result<ConfigJson> ValidateJson(const ConfigType& type, ConfigJson given) {
  return ValidateConfig("it", Field({.type = type, .is_required = true}),
                        ConfigTree(std::move(given), ""));
}

/// Validates JSON text; returns the text of the result.
Result<std::string> Validate(const ConfigType& type, std::string_view given) {
  ENTREPOT_ASSIGN_OR_RETURN(const ConfigJson checked,
                            ValidateJson(type, ParseConfigJson(given).value()));
  return checked.dump();
}

auto Fails(const std::string& fault) {
  return FailsWith(ErrorCode::kInvalid, "config of it: " + fault);
}

TEST(ValidateConfigTest, ScalarsAreTakenByTheirTypeOnly) {
  EXPECT_THAT(Validate(kText, R"("x")"), IsOkAndHolds(R"("x")"));
  EXPECT_THAT(Validate(kText, "5"), Fails("root must be text, not 5"));
  EXPECT_THAT(Validate(kText, "null"), Fails("root must be text, not null"));
  EXPECT_THAT(Validate(kInt, "5"), IsOkAndHolds("5"));
  EXPECT_THAT(Validate(kInt, "5.0"), Fails("root must be an integer, not 5.0"));
  EXPECT_THAT(Validate(kInt, "true"), Fails("root must be an integer, not true"));
  EXPECT_THAT(Validate(kInt, "9223372036854775807"), IsOkAndHolds("9223372036854775807"));
  EXPECT_THAT(Validate(kInt, "9223372036854775808"),
              Fails("root must be an integer, not 9223372036854775808"));
  EXPECT_THAT(Validate(kFloat, "5"), IsOkAndHolds("5.0"));
  EXPECT_THAT(Validate(kFloat, "false"), Fails("root must be a number, not false"));
  EXPECT_THAT(Validate(kFloat, R"("1.5")"), Fails(R"(root must be a number, not "1.5")"));
  EXPECT_THAT(Validate(kBool, "true"), IsOkAndHolds("true"));
  EXPECT_THAT(Validate(kBool, "1"), Fails("root must be true or false, not 1"));
  EXPECT_THAT(Validate(ConfigType::Any(), R"({"a": [1, null]})"),
              IsOkAndHolds(R"({"a":[1,null]})"));
}

TEST(ValidateConfigTest, NumbersAreHeldToTheirRange) {
  const ConfigType port(
      ScalarType{.scalar = ScalarKind::kInt, .at_least = 1, .at_most = 65535});
  EXPECT_THAT(Validate(port, "1"), IsOkAndHolds("1"));
  EXPECT_THAT(Validate(port, "65535"), IsOkAndHolds("65535"));
  EXPECT_THAT(Validate(port, "0"),
              Fails("root must be an integer from 1 to 65535, not 0"));
  EXPECT_THAT(Validate(port, "65536"), FailsWith(ErrorCode::kInvalid));
  const ConfigType share(ScalarType{.scalar = ScalarKind::kFloat, .at_most = 1});
  EXPECT_THAT(ValidateJson(share, std::numeric_limits<double>::quiet_NaN()),
              FailsWith(ErrorCode::kInvalid));
}

TEST(ValidateConfigTest, ShapesNameWhatIsMissingAndWhatIsUnknown) {
  EXPECT_THAT(Validate(Bucket(), R"({"n": 1, "bucket": "b"})"),
              IsOkAndHolds(R"({"bucket":"b","n":1})"));
  EXPECT_THAT(Validate(Bucket(), R"({"bucket": "b"})"),
              IsOkAndHolds(R"({"bucket":"b","n":3})"));
  EXPECT_THAT(Validate(Bucket(), "{}"),
              Fails("root:bucket is missing; it must be text (S3 bucket name)"));
  EXPECT_THAT(Validate(Bucket(), R"({"bucket": "b", "zz": 1})"),
              Fails("root:zz is not a field; there are: 'bucket', 'n', 'prefix'"));
  EXPECT_THAT(Validate(Bucket(), R"({"bucket": "b", "prefx": "1"})"),
              Fails("root:prefx is not a field; did you mean 'prefix'?"));
  EXPECT_THAT(Validate(Bucket(), R"("b")"),
              Fails("root must be an object with the fields 'bucket', 'n', 'prefix', "
                    "not \"b\""));
}

TEST(ValidateConfigTest, AllFaultsAreToldEachOnALineOfItsOwn) {
  EXPECT_THAT(Validate(Bucket(), R"({"bukcet": "b", "n": "5", "prefix": 1})"),
              FailsWith(ErrorCode::kInvalid,
                        "config of it has 4 faults:\n"
                        "  root:bucket is missing; it must be text (S3 bucket name)\n"
                        "  root:n must be an integer, not \"5\"\n"
                        "  root:prefix must be text, not 1\n"
                        "  root:bukcet is not a field; did you mean 'bucket'?"));
}

TEST(ValidateConfigTest, EndlessFaultsAreCut) {
  const auto fails = Validate(ConfigType::Array(kInt),
                              ConfigJson(std::vector(70, std::string("x"))).dump());
  EXPECT_THAT(fails,
              FailsWith(ErrorCode::kInvalid,
                        AllOf(HasSubstr("has 70 faults"), HasSubstr("root[49]"),
                              Not(HasSubstr("root[50]")), HasSubstr("\n  and 20 more"))));
}

TEST(ValidateConfigTest, PermissiveShapesKeepWhatTheyDoNotKnow) {
  const auto type = ConfigType::Permissive({{"a", Field({.type = kInt})}}).value();
  EXPECT_THAT(Validate(type, R"({"x": [1], "a": 1})"),
              IsOkAndHolds(R"({"a":1,"x":[1]})"));
  EXPECT_THAT(Validate(type, R"({"a": "1"})"),
              Fails("root:a must be an integer, not \"1\""));
}

TEST(ValidateConfigTest, ListsAndMapsNameTheElement) {
  const ConfigType list = ConfigType::Array(kInt);
  EXPECT_THAT(Validate(list, "[1, 2]"), IsOkAndHolds("[1,2]"));
  EXPECT_THAT(Validate(list, "[]"), IsOkAndHolds("[]"));
  EXPECT_THAT(Validate(list, "[1, \"2\"]"),
              Fails("root[1] must be an integer, not \"2\""));
  EXPECT_THAT(Validate(list, "5"),
              Fails("root must be a list, each element an integer, not 5"));
  const ConfigType map = ConfigType::Map(Bucket());
  EXPECT_THAT(Validate(map, R"({"b": {"bucket": "x"}})"),
              IsOkAndHolds(R"({"b":{"bucket":"x","n":3}})"));
  EXPECT_THAT(Validate(map, R"({"b": {"bucket": 1}})"),
              Fails("root:'b':bucket must be text, not 1"));
  EXPECT_THAT(Validate(ConfigType::Map(kInt), "[1]"),
              Fails("root must be an object of any names, each value an integer, "
                    "not [1]"));
}

TEST(ValidateConfigTest, NoneablesTakeNull) {
  const ConfigType type = ConfigType::Noneable(ConfigType::Array(kInt));
  EXPECT_THAT(Validate(type, "null"), IsOkAndHolds("null"));
  EXPECT_THAT(Validate(type, "[1]"), IsOkAndHolds("[1]"));
  EXPECT_THAT(Validate(type, "[null]"), Fails("root[0] must be an integer, not null"));
  EXPECT_THAT(Validate(type, "\"x\""),
              Fails("root must be a list, each element an integer, or null, not \"x\""));
}

TEST(ValidateConfigTest, EnumsTakeTheirNames) {
  const auto type =
      ConfigType::Enum("Colour", {{.name = "red"}, {.name = "green"}}).value();
  EXPECT_THAT(Validate(type, "\"red\""), IsOkAndHolds("\"red\""));
  EXPECT_THAT(Validate(type, "\"C\""), Fails("root must be 'red' or 'green', not \"C\""));
  EXPECT_THAT(
      Validate(type, "\"gren\""),
      Fails("root must be 'red' or 'green', not \"gren\"; did you mean 'green'?"));
  EXPECT_THAT(Validate(type, "1"), Fails("root must be 'red' or 'green', not 1"));
}

TEST(ValidateConfigTest, SelectorsTakeExactlyOneField) {
  const ConfigType type = ConfigType::Selector({{"a", Field({.type = kInt})},
                                                {"b", Field({.type = Bucket()})}})
                              .value();
  EXPECT_THAT(Validate(type, R"({"b": {"bucket": "x"}})"),
              IsOkAndHolds(R"({"b":{"bucket":"x","n":3}})"));
  EXPECT_THAT(Validate(type, R"({"a": 1, "b": 2})"),
              Fails("root must be an object with exactly one of the fields 'a', 'b'; "
                    "given are 'a', 'b'"));
  EXPECT_THAT(Validate(type, "{}"),
              Fails("root must have one of its fields; there are: 'a', 'b'"));
  EXPECT_THAT(Validate(type, R"({"c": 1})"),
              Fails("root:c is not a field; there are: 'a', 'b'"));
  EXPECT_THAT(Validate(type, R"({"a": "1"})"),
              Fails("root:a must be an integer, not \"1\""));
  EXPECT_THAT(Validate(type, "1"), FailsWith(ErrorCode::kInvalid, HasSubstr("not 1")));
  const ConfigType single =
      ConfigType::Selector({{"a", Field({.type = kInt, .default_value = 7})}}).value();
  EXPECT_THAT(Validate(single, "{}"), IsOkAndHolds(R"({"a":7})"));
}

TEST(ValidateConfigTest, ScalarUnionsTakeEither) {
  const ConfigType type = ConfigType::ScalarUnion(kText, Bucket()).value();
  EXPECT_THAT(Validate(type, "\"x\""), IsOkAndHolds("\"x\""));
  EXPECT_THAT(Validate(type, R"({"bucket": "b"})"),
              IsOkAndHolds(R"({"bucket":"b","n":3})"));
  EXPECT_THAT(Validate(type, "5"), FailsWith(ErrorCode::kInvalid, HasSubstr("not 5")));
  EXPECT_THAT(Validate(type, R"({"bucket": 1})"),
              Fails("root:bucket must be text, not 1"));
}

TEST(ValidateConfigTest, SourcesTakeALiteralOrAVariable) {
  const ConfigType port = ConfigType::Source(ScalarKind::kInt);
  EXPECT_THAT(Validate(port, "5"), IsOkAndHolds("5"));
  EXPECT_THAT(Validate(port, R"({"env": "PORT"})"), IsOkAndHolds(R"({"env":"PORT"})"));
  EXPECT_THAT(Validate(port, R"({"env": 5})"),
              Fails(R"(root must be an integer or {"env": NAME}, not {"env":5})"));
  EXPECT_THAT(Validate(port, R"({"env": ""})"), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(Validate(port, R"({"env": "A", "x": 1})"), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(Validate(kInt, R"({"env": "PORT"})"),
              Fails(R"(root must be an integer, not {"env":"PORT"})"));
  // What is certainly a reference is taken by every scalar.
  EXPECT_THAT(ValidateJson(kInt, EnvReference("PORT")),
              IsOkAndHolds(EnvReference("PORT")));
  EXPECT_THAT(ValidateJson(Bucket(), EnvReference("PORT")),
              FailsWith(ErrorCode::kInvalid, HasSubstr(R"(not {"env":"PORT"})")));
}

TEST(ValidateConfigTest, ForeignObjectsPassAnyAndNothingElse) {
  const ConfigJson leaf = ToConfigJson(ForeignLeaf{.handle = 9, .type = "function"});
  EXPECT_THAT(ValidateJson(ConfigType::Any(), leaf), IsOkAndHolds(leaf));
  EXPECT_THAT(ValidateJson(kText, leaf),
              Fails("root must be text, not an object of type 'function'"));
}

TEST(ValidateConfigTest, WithoutAValueTheDefaultHoldsOrWhatIsMissingIsTold) {
  const ConfigTree nothing;
  EXPECT_THAT(ValidateConfig("it", Field({.type = kInt, .default_value = 4}), nothing),
              IsOkAndHolds(ConfigJson(4)));
  EXPECT_THAT(ValidateConfig("it", Field({.type = kInt, .is_required = false}), nothing),
              IsOkAndHolds(ConfigJson(nullptr)));
  EXPECT_THAT(
      ValidateConfig("it", Field({.type = kInt}), nothing),
      FailsWith(ErrorCode::kInvalid, "config of it is missing; it must be an integer"));
  EXPECT_THAT(ValidateConfig("it", Field({.type = Bucket()}), nothing),
              Fails("root:bucket is missing; it must be text (S3 bucket name)"));
}

TEST(ValidateConfigTest, FaultsNameTheSource) {
  ConfigTree config(ConfigJson{{"bucket", 5}, {"zz", 1}}, "settings.toml");
  config.SetSource(ConfigTree::Pointer("/bucket"), "settings.toml:4");
  EXPECT_THAT(
      ValidateConfig("it", Field({.type = Bucket()}), config),
      FailsWith(ErrorCode::kInvalid,
                AllOf(HasSubstr("root:bucket must be text, not 5 (from settings.toml:4)"),
                      HasSubstr("root:zz is not a field (from settings.toml); there"))));
}

TEST(ValidateConfigTest, TextIsReadByTheTypeOfItsField) {
  const auto read = [](const ConfigType& type, std::string text) {
    return ValidateConfig("it", Field({.type = type, .is_required = true}),
                          ConfigTree::Text(std::move(text), "variable"));
  };
  EXPECT_THAT(read(kText, "20"), IsOkAndHolds(ConfigJson("20")));
  EXPECT_THAT(read(kInt, "20"), IsOkAndHolds(ConfigJson(20)));
  EXPECT_THAT(read(kInt, "-3"), IsOkAndHolds(ConfigJson(-3)));
  EXPECT_THAT(read(kInt, "3x"),
              Fails("root must be an integer, not \"3x\" (from variable)"));
  EXPECT_THAT(read(kInt, ""), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(read(kFloat, "1.5e3"), IsOkAndHolds(ConfigJson(1500.0)));
  EXPECT_THAT(read(kFloat, "inf"), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(read(kBool, "True"), IsOkAndHolds(ConfigJson(true)));
  EXPECT_THAT(read(kBool, "0"), IsOkAndHolds(ConfigJson(false)));
  EXPECT_THAT(read(kBool, "yes"), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(read(ConfigType::Noneable(kInt), "null"), IsOkAndHolds(ConfigJson()));
  EXPECT_THAT(read(ConfigType::Noneable(kInt), "4"), IsOkAndHolds(ConfigJson(4)));
  EXPECT_THAT(read(ConfigType::Array(kText), R"(["4"])"),
              IsOkAndHolds(ConfigJson(std::vector<std::string>{"4"})));
  EXPECT_THAT(
      read(ConfigType::Array(kText), "a,b"),
      Fails("root must be a list, each element text, not \"a,b\" (from variable)"));
  EXPECT_THAT(read(Bucket(), R"({"bucket": "b", "n": "1"})"),
              Fails("root:n must be an integer, not \"1\" (from variable)"));
  const auto either = ConfigType::ScalarUnion(kInt, ConfigType::Array(kInt)).value();
  EXPECT_THAT(read(either, "4"), IsOkAndHolds(ConfigJson(4)));
  EXPECT_THAT(read(either, "[4]"), IsOkAndHolds(ConfigJson(std::vector{4})));
  EXPECT_THAT(read(ConfigType::Any(), "[4]"), IsOkAndHolds(ConfigJson(std::vector{4})));
  EXPECT_THAT(read(ConfigType::Any(), "plain"), IsOkAndHolds(ConfigJson("plain")));
}

TEST(ValidateConfigTest, TextRefersToAVariableWhereItsFieldMay) {
  const auto read = [](const ConfigType& type) {
    return ValidateConfig("it", Field({.type = type, .is_required = true}),
                          ConfigTree::Text(R"({"env": "TOKEN"})", "--set token"));
  };
  const ConfigJson reference{{"env", "TOKEN"}};
  EXPECT_THAT(read(ConfigType::Source(ScalarKind::kText)), IsOkAndHolds(reference));
  EXPECT_THAT(read(ConfigType::Source(ScalarKind::kInt)), IsOkAndHolds(reference));
  EXPECT_THAT(read(kText), IsOkAndHolds(ConfigJson(R"({"env": "TOKEN"})")));
}

TEST(ValidateConfigTest, WhatWasValidatedIsValid) {
  const ConfigJson once =
      ValidateJson(Bucket(), ConfigJson{{"bucket", "b"}, {"prefix", "p"}}).value();
  EXPECT_THAT(ValidateJson(Bucket(), once), IsOkAndHolds(once));
}

// ---- secrets -------------------------------------------------------------------------

ConfigType Login() {
  return Shape({{"user", Field({.type = kText})},
                {"password", Field({.type = ConfigType::Source(ScalarKind::kText),
                                    .is_secret = true})}});
}

TEST(ConfigSecretsTest, NoMessageShowsASecret) {
  const auto says = [](const ConfigType& type, std::string_view given) {
    return Validate(type, given).error().ToString();
  };
  EXPECT_EQ(says(Login(), R"({"user": "u", "password": 4711})"),
            "config of it: root:password must be text or {\"env\": NAME}, not '***'");
  EXPECT_EQ(says(Login(), "\"u:4711@host\""),
            "config of it: root must be an object with the fields 'user', 'password', "
            "not '***'");
  EXPECT_THAT(says(Login(), R"({"user": "u", "pasword": "4711"})"),
              AllOf(HasSubstr("did you mean 'password'?"), Not(HasSubstr("4711"))));
  EXPECT_THAT(says(ConfigType::Array(Login()), R"([["4711"]])"), Not(HasSubstr("4711")));
  EXPECT_THAT(says(ConfigType::Noneable(Login()), "4711"), Not(HasSubstr("4711")));
  EXPECT_THAT(says(ConfigType::ScalarUnion(kText, Login()).value(), "4711"),
              Not(HasSubstr("4711")));
  const ConfigType hidden_list =
      Shape({{"keys", Field({.type = ConfigType::Array(kInt), .is_secret = true})}});
  EXPECT_THAT(says(hidden_list, R"({"keys": ["4711"]})"),
              AllOf(HasSubstr("root:keys[0]"), Not(HasSubstr("4711"))));
}

TEST(ConfigSecretsTest, RedactedShowsEverythingElse) {
  const auto shown = [](const ConfigType& type, std::string_view given) {
    return Redacted(Field({.type = type, .is_required = true}),
                    ParseConfigJson(given).value())
        .dump();
  };
  EXPECT_EQ(shown(Login(), R"({"user": "u", "password": "4711"})"),
            R"({"user":"u","password":"***"})");
  EXPECT_EQ(shown(Login(), R"({"user": "u", "password": {"env": "PW"}})"),
            R"({"user":"u","password":{"env":"PW"}})");
  EXPECT_EQ(shown(ConfigType::Map(ConfigType::Array(Login())),
                  R"({"a": [{"user": "u", "password": "4711"}]})"),
            R"({"a":[{"user":"u","password":"***"}]})");
  EXPECT_EQ(shown(ConfigType::Noneable(Login()), "null"), "null");
  EXPECT_EQ(shown(ConfigType::Noneable(Login()), R"({"password": "4711"})"),
            R"({"password":"***"})");
  EXPECT_EQ(shown(ConfigType::Selector({{"a", Field({.type = Login()})}}).value(),
                  R"({"a": {"password": "4711"}})"),
            R"({"a":{"password":"***"}})");
  EXPECT_EQ(shown(ConfigType::ScalarUnion(kText, Login()).value(), "\"plain\""),
            "\"plain\"");
  // What is not of the type may be anything.
  EXPECT_EQ(shown(Login(), "\"4711\""), "\"***\"");
  EXPECT_EQ(Redacted(Field({.type = kText, .is_secret = true}), "4711"), "***");
  // A secret field that is no source holds no reference, whatever it looks like.
  EXPECT_EQ(Redacted(Field({.type = ConfigType::Any(), .is_secret = true}),
                     ConfigJson{{"env", "4711"}}),
            "***");
}

// ---- resolving -----------------------------------------------------------------------

std::optional<std::string> Environment(const std::string& name) {
  static const std::map<std::string, std::string> variables = {
      {"PW", "4711"}, {"PORT", "80"}, {"FLAG", "false"}, {"RATIO", "0.5"}};
  const auto found = variables.find(name);
  return found == variables.end() ? std::nullopt : std::optional(found->second);
}

Result<ConfigJson> Resolve(const ConfigType& type, const ConfigJson& given) {
  ENTREPOT_ASSIGN_OR_RETURN(const ConfigJson checked, ValidateJson(type, given));
  return ResolveConfig("it", Field({.type = type, .is_required = true}), checked,
                       Environment);
}

ConfigJson Env(const char* name) { return ConfigJson{{"env", name}}; }

TEST(ResolveConfigTest, VariablesAreReadByTheTypeOfTheirField) {
  EXPECT_THAT(Resolve(ConfigType::Source(ScalarKind::kText), Env("PORT")),
              IsOkAndHolds(ConfigJson("80")));
  EXPECT_THAT(Resolve(ConfigType::Source(ScalarKind::kInt), Env("PORT")),
              IsOkAndHolds(ConfigJson(80)));
  EXPECT_THAT(Resolve(ConfigType::Source(ScalarKind::kFloat), Env("RATIO")),
              IsOkAndHolds(ConfigJson(0.5)));
  EXPECT_THAT(Resolve(ConfigType::Source(ScalarKind::kBool), Env("FLAG")),
              IsOkAndHolds(ConfigJson(false)));
  EXPECT_THAT(Resolve(kInt, EnvReference("PORT")), IsOkAndHolds(ConfigJson(80)));
}

TEST(ResolveConfigTest, ReferencesAreResolvedWhereverTheyAre) {
  const auto type =
      ConfigType::Permissive(
          {{"list", Field({.type = ConfigType::Array(Login()), .is_required = false})},
           {"either",
            Field({.type = ConfigType::ScalarUnion(ConfigType::Source(ScalarKind::kInt),
                                                   ConfigType::Array(kInt))
                               .value(),
                   .is_required = false})},
           {"any", Field({.type = ConfigType::Any(), .is_required = false})}})
          .value();
  ConfigJson given;
  given["list"].push_back({{"user", "u"}, {"password", Env("PW")}});
  given["either"] = Env("PORT");
  given["any"]["deep"].push_back(EnvReference("PW"));
  given["any"]["data"] = Env("PW");  // Under Any, an object is an object.
  given["extra"] = EnvReference("PORT");
  EXPECT_EQ(Resolve(type, given).value().dump(),
            R"({"list":[{"user":"u","password":"4711"}],"either":80,)"
            R"("any":{"deep":["4711"],"data":{"env":"PW"}},"extra":"80"})");
}

TEST(ResolveConfigTest, WhereNoFieldSaysItAReferenceBecomesWhatItsFormSays) {
  EXPECT_THAT(Resolve(ConfigType::Any(), EnvReference("PORT")),
              IsOkAndHolds(ConfigJson("80")));
  EXPECT_THAT(Resolve(ConfigType::Any(), EnvReference("PORT", EnvForm::kInt)),
              IsOkAndHolds(ConfigJson(80)));
  EXPECT_THAT(Resolve(ConfigType::Any(), EnvReference("FLAG", EnvForm::kInt)),
              Fails("root must be an integer, not '***' (from environment variable "
                    "'FLAG')"));
}

TEST(ResolveConfigTest, AllVariablesThatAreMissingAreTold) {
  const ConfigType type =
      Shape({{"a", Field({.type = kText})}, {"b", Field({.type = kInt})}});
  ConfigJson given;
  given["a"] = EnvReference("NOPE");
  given["b"] = EnvReference("NEITHER");
  EXPECT_THAT(
      Resolve(type, given),
      FailsWith(ErrorCode::kInvalid,
                "config of it has 2 faults:\n"
                "  root:a needs the environment variable 'NOPE', which is not set\n"
                "  root:b needs the environment variable 'NEITHER', which is not set"));
}

TEST(ResolveConfigTest, TheValueOfAVariableIsNeverShown) {
  EXPECT_THAT(Resolve(kBool, EnvReference("PW")),
              Fails("root must be true or false, not '***' (from environment variable "
                    "'PW')"));
  const ConfigType low(
      ScalarType{.scalar = ScalarKind::kInt, .takes_env = true, .at_most = 10});
  EXPECT_THAT(Resolve(low, Env("PORT")),
              Fails("root must be an integer of at most 10, not '***' (from environment "
                    "variable 'PORT')"));
}

TEST(ResolveConfigTest, EnumsBecomeWhatTheyStandFor) {
  const auto type =
      ConfigType::Enum("E", {{.name = "one", .value = ConfigJson(1)}, {.name = "two"}})
          .value();
  EXPECT_THAT(Resolve(type, "one"), IsOkAndHolds(ConfigJson(1)));
  EXPECT_THAT(Resolve(type, "two"), IsOkAndHolds(ConfigJson("two")));
}

}  // namespace
}  // namespace entrepot
