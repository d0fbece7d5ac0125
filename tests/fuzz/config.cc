// Configurations: texts in each format that sources have, checked against a schema with
// every type. A secret is in no message, what was validated is valid, and shows nothing.
#include <algorithm>
#include <cctype>

#include "entrepot/config/sources.h"
#include "entrepot/config/validate.h"
#include "fuzz_input.h"

namespace entrepot::fuzzing {
namespace {

// Nothing else in a configuration or a message holds it; no escape of a byte ends with
// its first letter.
constexpr std::string_view kSecret = "zecret";

ConfigField Field(ConfigFieldOptions options) {
  return ConfigField::Make(std::move(options)).value();
}

ConfigField Optional(ConfigType type) {
  return Field({.type = std::move(type), .is_required = false});
}

ConfigField MakeSchema() {
  const ConfigType text = ConfigType::Scalar(ScalarKind::kText);
  const ConfigType integer(ScalarType{
      .scalar = ScalarKind::kInt, .takes_env = true, .at_least = -3, .at_most = 1e6});
  const ConfigType login =
      ConfigType::Shape(
          {{"user", Field({.type = text, .default_value = "u"})},
           {"password", Field({.type = ConfigType::Source(ScalarKind::kText),
                               .is_required = false,
                               .is_secret = true})},
           {"keys", Field({.type = ConfigType::Noneable(ConfigType::Array(integer)),
                           .is_secret = true})}})
          .value();
  const ConfigType colours =
      ConfigType::Enum("Colour",
                       {{.name = "red", .value = ConfigJson(1)}, {.name = "green"}})
          .value();
  return Field(
      {.type =
           ConfigType::Shape(
               {{"n", Optional(integer)},
                {"x", Optional(ConfigType::Scalar(ScalarKind::kFloat))},
                {"b", Optional(ConfigType::Scalar(ScalarKind::kBool))},
                {"s", Optional(text)},
                {"any", Optional(ConfigType::Any())},
                {"colour", Optional(colours)},
                {"list", Optional(ConfigType::Array(login))},
                {"map", Optional(ConfigType::Map(ConfigType::Noneable(text)))},
                {"login", Optional(login)},
                {"free",
                 Optional(
                     ConfigType::Permissive({{"n", Field({.type = integer})}}).value())},
                {"select", Optional(ConfigType::Selector({{"a", Field({.type = integer})},
                                                          {"b", Field({.type = login})}})
                                        .value())},
                {"either", Optional(ConfigType::ScalarUnion(text, login).value())}})
               .value()});
}

const ConfigField& Schema() {
  static const ConfigField schema = MakeSchema();
  return schema;
}

bool Holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

void CheckFaults(const Error& error) {
  FUZZ_CHECK(error.code() == ErrorCode::kInvalid);
  FUZZ_CHECK(error.message().starts_with("config of it"));
  FUZZ_CHECK(Holds(error.message(), "root"));
}

void CheckValidated(const ConfigJson& checked) {
  const auto again = ValidateConfig("it", Schema(), ConfigTree(checked, "code"));
  FUZZ_CHECK(again.has_value() && *again == checked);
  const auto resolved =
      ResolveConfig("it", Schema(), checked, [](const std::string& name) {
        return name.size() % 2 == 0 ? std::optional<std::string>(name) : std::nullopt;
      });
  if (!resolved) CheckFaults(resolved.error());
  FUZZ_CHECK(Redacted(Schema(), checked).is_object());
}

/// Puts the secret where only secret fields are, and looks for it in what is shown.
void CheckSecrets(const ConfigTree& config) {
  ConfigTree secret = config;
  secret.Merge(ConfigTree(ConfigJson(kSecret), "").Below("password").Below("login"));
  const auto checked = ValidateConfig("it", Schema(), secret);
  if (!checked) return FUZZ_CHECK(!Holds(checked.error().ToString(), kSecret));
  FUZZ_CHECK(!Holds(Redacted(Schema(), *checked)
                        .dump(-1, ' ', false, ConfigJson::error_handler_t::replace),
                    kSecret));
}

void CheckConfig(const ConfigTree& config) {
  const auto checked = ValidateConfig("it", Schema(), config);
  if (checked) {
    CheckValidated(*checked);
  } else {
    CheckFaults(checked.error());
  }
}

/// One text in the format that its field's end names: t TOML, j JSON, e a variable's name
/// and value, s an assignment.
Result<ConfigTree> Parse(FuzzInput& input) {
  const FuzzInput::Field field = input.TakeField();
  switch (field.end) {
    case 'j':
      return ParseJson(field.text, "file");
    case 'e':
      return ConfigFromEnvironment("E__", {{"E__" + field.text, input.TakeText()}});
    case 's':
      return ParseAssignment(field.text);
    default:
      return ParseToml(field.text, "file");
  }
}

}  // namespace
}  // namespace entrepot::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace entrepot::fuzzing;
  FuzzInput input(data, size);
  // Names of variables become names of fields, in lower case.
  std::string lower(reinterpret_cast<const char*>(data), size);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  const bool holds_secret = Holds(lower, kSecret);
  entrepot::ConfigTree config;
  while (!input.rest().empty()) {
    const auto parsed = Parse(input);
    if (parsed) {
      config.Merge(*parsed);
    } else {
      FUZZ_CHECK(parsed.error().code() == entrepot::ErrorCode::kInvalid);
    }
  }
  CheckConfig(config);
  if (!holds_secret) CheckSecrets(config);
  return 0;
}
