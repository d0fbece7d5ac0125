#include "entrepot/config/schema.h"

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;

const ConfigType kText = ConfigType::Scalar(ScalarKind::kText);
const ConfigType kInt = ConfigType::Scalar(ScalarKind::kInt);

ConfigField Field(ConfigFieldOptions options) {
  return ConfigField::Make(std::move(options)).value();
}

TEST(ConfigFieldTest, AFieldIsRequiredUnlessItHasADefault) {
  EXPECT_TRUE(Field({.type = kText}).is_required());
  EXPECT_FALSE(Field({.type = kText, .default_value = "x"}).is_required());
  const ConfigField optional = Field({.type = kText, .is_required = false});
  EXPECT_FALSE(optional.is_required());
  EXPECT_FALSE(optional.default_value().has_value());
}

TEST(ConfigFieldTest, ARequiredFieldHasNoDefault) {
  EXPECT_THAT(
      ConfigField::Make({.type = kText, .default_value = "x", .is_required = true}),
      FailsWith(ErrorCode::kInvalid, HasSubstr("required field has no default")));
}

TEST(ConfigFieldTest, ADefaultIsHeldToItsType) {
  EXPECT_THAT(ConfigField::Make({.type = kInt, .default_value = "5"}),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("the default: root must be an integer, not \"5\"")));
  EXPECT_THAT(ConfigField::Make({.type = kInt, .default_value = "5", .is_secret = true}),
              FailsWith(ErrorCode::kInvalid, Not(HasSubstr("5"))));
}

TEST(ConfigFieldTest, NoneablesAndAllOptionalShapesImplyTheirDefaults) {
  EXPECT_EQ(*Field({.type = ConfigType::Noneable(kInt)}).default_value(), nullptr);
  EXPECT_TRUE(
      Field({.type = ConfigType::Noneable(kInt), .is_required = true}).is_required());
  const auto shape =
      ConfigType::Shape({{"n", Field({.type = kInt, .default_value = 3})},
                         {"absent", Field({.type = kText, .is_required = false})},
                         {"inner", Field({.type = ConfigType::Noneable(kText)})}});
  EXPECT_EQ(Field({.type = shape.value()}).default_value()->dump(),
            R"({"n":3,"inner":null})");
  const auto strict = ConfigType::Permissive({{"n", Field({.type = kInt})}}).value();
  EXPECT_TRUE(Field({.type = strict}).is_required());
  const auto free = ConfigType::Permissive({}).value();
  EXPECT_EQ(Field({.type = free}).default_value()->dump(), "{}");
  EXPECT_TRUE(Field({.type = ConfigType::Array(kInt)}).is_required());
  EXPECT_TRUE(Field({.type = ConfigType::Any()}).is_required());
}

TEST(ConfigFieldTest, AGivenDefaultIsFilledIn) {
  const auto shape = ConfigType::Shape({{"a", Field({.type = kInt})},
                                        {"b", Field({.type = kInt, .default_value = 2})}})
                         .value();
  const ConfigField field = Field({.type = shape, .default_value = ConfigJson{{"a", 1}}});
  EXPECT_EQ(field.default_value()->dump(), R"({"a":1,"b":2})");
}

TEST(ConfigTypeTest, WrongTypesAreRefused) {
  const ConfigField field = Field({.type = kText});
  EXPECT_THAT(ConfigType::Shape({{"a", field}, {"a", field}}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'a' twice")));
  EXPECT_THAT(ConfigType::Permissive({{"a", field}, {"a", field}}),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(ConfigType::Selector({}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no fields")));
  EXPECT_THAT(ConfigType::Selector({{"a", field}, {"a", field}}),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(ConfigType::Enum("E", {}), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(ConfigType::Enum("E", {{.name = "x"}, {.name = "x"}}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("enum 'E' has 'x' twice")));
  EXPECT_THAT(ConfigType::ScalarUnion(ConfigType::Array(kInt), kText),
              FailsWith(ErrorCode::kInvalid, HasSubstr("begins with a scalar")));
  EXPECT_THAT(ConfigType::ScalarUnion(kText, kInt), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(ConfigType::ScalarUnion(kText, ConfigType::Array(kInt)), IsOk());
}

TEST(ConfigTypeTest, EachTypeIsToldInWords) {
  EXPECT_EQ(Describe(ConfigType(ScalarType{.scalar = ScalarKind::kInt, .at_least = 1})),
            "an integer of at least 1");
  EXPECT_EQ(Describe(ConfigType(ScalarType{.scalar = ScalarKind::kFloat,
                                           .at_least = 0,
                                           .at_most = 1.5,
                                           .unit = "seconds"})),
            "a number of seconds from 0 to 1.5");
  EXPECT_EQ(Describe(ConfigType::Source(ScalarKind::kBool)),
            R"(true or false or {"env": NAME})");
  EXPECT_EQ(Describe(ConfigType::Array(kText)), "a list, each element text");
  EXPECT_EQ(Describe(ConfigType::Map(kInt)),
            "an object of any names, each value an integer");
  EXPECT_EQ(Describe(ConfigType::Noneable(kInt)), "an integer, or null");
  EXPECT_EQ(Describe(ConfigType::Shape({{"a", Field({.type = kInt})}}).value()),
            "an object with the field 'a'");
  EXPECT_EQ(Describe(ConfigType::Permissive({}).value()), "an object");
  EXPECT_EQ(
      Describe(
          ConfigType::Enum("E", {{.name = "a"}, {.name = "b"}, {.name = "c"}}).value()),
      "'a', 'b' or 'c'");
  EXPECT_EQ(Describe(ConfigType::Selector({{"a", Field({.type = kInt})}}).value()),
            "an object with exactly one of the fields 'a'");
  EXPECT_EQ(Describe(ConfigType::ScalarUnion(kText, ConfigType::Array(kInt)).value()),
            "text, or a list, each element an integer");
}

TEST(ConfigTypeTest, SecretsAreFoundAtAnyDepth) {
  const auto shape =
      ConfigType::Shape({{"key", Field({.type = kText, .is_secret = true})}}).value();
  EXPECT_TRUE(HoldsSecret(ConfigType::Array(ConfigType::Map(shape))));
  EXPECT_TRUE(HoldsSecret(ConfigType::Noneable(shape)));
  EXPECT_TRUE(HoldsSecret(ConfigType::ScalarUnion(kText, shape).value()));
  EXPECT_TRUE(HoldsSecret(ConfigType::Selector({{"a", Field({.type = shape})}}).value()));
  EXPECT_FALSE(HoldsSecret(ConfigType::Array(kText)));
}

}  // namespace
}  // namespace entrepot
