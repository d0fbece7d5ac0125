#include "entrepot/config/describe.h"

#include <gtest/gtest.h>

namespace entrepot {
namespace {

ConfigField Field(ConfigFieldOptions options) {
  return ConfigField::Make(std::move(options)).value();
}

/// { io: { dir: text, retries?: 3, password?: secret }, hosts?: [{ name: text }] }.
ConfigField Program() {
  const ConfigType text = ConfigType::Scalar(ScalarKind::kText);
  const ConfigType count(ScalarType{.scalar = ScalarKind::kInt, .at_least = 0});
  const auto io =
      ConfigType::Shape(
          {{"dir", Field({.type = text, .description = "Folder of the values."})},
           {"retries", Field({.type = count, .default_value = 3})},
           {"password", Field({.type = ConfigType::Source(ScalarKind::kText),
                               .default_value = "4711",
                               .is_secret = true})}})
          .value();
  const auto host = ConfigType::Shape({{"name", Field({.type = text})}}).value();
  const auto hosts = ConfigType::Noneable(ConfigType::Array(host));
  return Field({.type = ConfigType::Shape({{"io", Field({.type = io})},
                                           {"hosts", Field({.type = hosts})}})
                            .value()});
}

TEST(ListFieldsTest, NestedFieldsHaveTheirPaths) {
  const std::vector<FieldRow> rows = ListFields(Program());
  std::vector<std::string> paths;
  for (const FieldRow& row : rows) paths.push_back(row.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"io", "io.dir", "io.retries", "io.password",
                                             "hosts", "hosts[].name"}));
  EXPECT_TRUE(rows[1].is_required);
  EXPECT_EQ(rows[1].type, "text");
  EXPECT_EQ(rows[1].description, "Folder of the values.");
  EXPECT_EQ(rows[2].default_value, "3");
  EXPECT_EQ(rows[3].default_value, "\"***\"");
  EXPECT_EQ(rows[4].default_value, "null");
}

TEST(JsonSchemaOfTest, SaysWhatTheValidatorChecks) {
  const ConfigJson schema = JsonSchemaOf(Program());
  EXPECT_EQ(schema.at("type"), "object");
  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_EQ(schema.at("required").dump(), R"(["io"])");
  const ConfigJson& io = schema.at("properties").at("io").at("properties");
  EXPECT_EQ(io.at("dir").dump(),
            R"({"type":"string","description":"Folder of the values."})");
  EXPECT_EQ(io.at("retries").dump(), R"({"type":"integer","minimum":0.0,"default":3})");
  EXPECT_EQ(io.at("password").at("default"), "***");
  EXPECT_EQ(io.at("password").at("writeOnly"), true);
  EXPECT_EQ(io.at("password").at("anyOf").size(), 2u);
  EXPECT_EQ(schema.at("properties").at("hosts").at("anyOf")[1].dump(),
            R"({"type":"null"})");
}

TEST(JsonSchemaOfTest, EveryTypeHasASchema) {
  const ConfigType text = ConfigType::Scalar(ScalarKind::kText);
  const auto of = [](const ConfigType& type) {
    ConfigJson schema = JsonSchemaOf(Field({.type = type, .is_required = true}));
    schema.erase("$schema");
    return schema.dump();
  };
  EXPECT_EQ(of(ConfigType::Any()), "{}");
  EXPECT_EQ(of(ConfigType::Enum("E", {{.name = "a"}}).value()), R"({"enum":["a"]})");
  EXPECT_EQ(of(ConfigType::Map(text)),
            R"({"type":"object","additionalProperties":{"type":"string"}})");
  EXPECT_EQ(of(ConfigType::Permissive({}).value()),
            R"({"type":"object","properties":{},"additionalProperties":true})");
  EXPECT_EQ(of(ConfigType::Selector({{"a", Field({.type = text})}}).value()),
            R"({"type":"object","properties":{"a":{"type":"string"}},)"
            R"("additionalProperties":false,"minProperties":1,"maxProperties":1})");
  EXPECT_EQ(
      of(ConfigType::ScalarUnion(text, ConfigType::Array(text)).value()),
      R"({"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]})");
}

}  // namespace
}  // namespace entrepot
