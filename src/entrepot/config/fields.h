#pragma once

/// \file entrepot/config/fields.h
/// Configurable types declare their fields once; schema, reading, writing, help and
/// errors follow.
///
///   struct ServerOptions {
///     std::string host = "localhost";
///     int port = 80;
///     static const FieldList<ServerOptions>& Fields();
///   };
///
///   const FieldList<ServerOptions>& ServerOptions::Fields() {
///     static const auto fields = FieldList<ServerOptions>("server")
///         .Field("host", &ServerOptions::host, "Where to listen.")
///         .Field("port", &ServerOptions::port, "TCP port.", {.at_least = 1});
///     return fields;
///   }
///
///   ServerOptions::Fields().Read(R"({"hots": "x"})")
///   // error: config of server: root:hots is not a field; did you mean 'host'?

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "entrepot/config/config_tree.h"
#include "entrepot/config/field_traits.h"
#include "entrepot/config/schema.h"
#include "entrepot/config/validate.h"

namespace entrepot {

/// The fields of an options struct, in the order they were declared. Defaults are what a
/// default-constructed struct has. A declaration that contradicts itself (a name twice, a
/// default out of range) throws ErrorException when it is made. Concurrent const use
/// only.
template <typename Options>
class FieldList {
 public:
  /// Takes the name of the configurable type, for messages.
  explicit FieldList(std::string owner)
      : owner_(std::move(owner)), schema_(SchemaOf({})) {}

  /// Declares a member of any type that has ConfigTraits.
  template <typename T>
  FieldList&& Field(std::string name, T Options::* member, std::string description,
                    FieldRules rules = {}) && {
    using Traits = ConfigTraits<T>;
    static_assert(
        requires { &Traits::Read; },
        "entrepot: a field's type must be text, bool, a number, a duration, a Secret, an "
        "optional, vector or map of these, a struct with Fields(), or have ConfigTraits");
    auto read = [member](Options& options, const ConfigValue& value) {
      options.*member = Traits::Read(value);
    };
    auto write = [member](const Options& options) {
      return Traits::Write(options.*member);
    };
    return std::move(*this).Add({.name = std::move(name),
                                 .type = Traits::Type(rules),
                                 .description = std::move(description),
                                 .is_required = rules.is_required,
                                 .is_secret = kIsSecret<T>},
                                {std::move(read), std::move(write)});
  }

  /// Declares a member that is one of `choices`.
  template <typename Enum>
  FieldList&& Choice(std::string name, Enum Options::* member,
                     std::vector<std::pair<std::string, Enum>> choices,
                     std::string description) && {
    std::vector<EnumChoice> spellings;
    for (const auto& [spelling, value] : choices) spellings.push_back({.name = spelling});
    auto read = [member, choices](Options& options, const ConfigValue& value) {
      for (const auto& [spelling, choice] : choices) {
        if (value.resolved == spelling) options.*member = choice;
      }
    };
    auto write = [member, choices = std::move(choices)](const Options& options) {
      for (const auto& [spelling, choice] : choices) {
        if (options.*member == choice) return std::optional<ConfigJson>(spelling);
      }
      return std::optional<ConfigJson>();
    };
    auto type = ConfigType::Enum(name, std::move(spellings)).value();
    return std::move(*this).Add({.name = std::move(name),
                                 .type = std::move(type),
                                 .description = std::move(description)},
                                {std::move(read), std::move(write)});
  }

  const std::string& owner() const { return owner_; }

  /// The fields as data: a shape that is required unless all of its fields have defaults.
  const ConfigField& schema() const { return schema_; }

  /// Reads a configuration; an empty one gives the defaults. `environment` answers
  /// {"env": NAME}; without one, every variable counts as not set.
  ///
  /// Errors: kInvalid  all that is wrong with it, by ValidateConfig or ResolveConfig
  Result<Options> Read(const ConfigTree& given,
                       const EnvironmentLookup& environment = {}) const {
    ENTREPOT_ASSIGN_OR_RETURN(const ConfigJson written,
                              ValidateConfig(owner_, schema_, given));
    ENTREPOT_ASSIGN_OR_RETURN(const ConfigJson resolved,
                              ResolveConfig(owner_, schema_, written, environment));
    return ReadValue({written, resolved});
  }

  /// Reads JSON text.
  Result<Options> Read(std::string_view json) const {
    ENTREPOT_ASSIGN_OR_RETURN(const ConfigTree given, Parse(json));
    return Read(given);
  }

  /// Reads JSON text over `defaults`, which must hold no secrets.
  Result<Options> Read(std::string_view json, const Options& defaults) const {
    ConfigTree base(WriteJson(defaults), "code");
    ENTREPOT_ASSIGN_OR_RETURN(const ConfigTree given, Parse(json));
    base.Merge(given);
    return Read(base);
  }

  /// Reads what was validated against schema() and resolved.
  Options ReadValue(const ConfigValue& value) const {
    Options options;
    for (const Member& member : members_) {
      if (value.written.contains(member.name))
        member.access.read(options, value.At(member.name));
    }
    return options;
  }

  /// Writes all fields: what Read takes. Of secrets only the name of their variable is
  /// written; those without one are left out.
  ConfigJson WriteJson(const Options& options) const {
    ConfigJson config = ConfigJson::object();
    for (const Member& member : members_) {
      if (auto written = member.access.write(options))
        config[member.name] = *std::move(written);
    }
    return config;
  }

  /// Writes all fields as JSON text.
  std::string Write(const Options& options) const {
    return WriteJson(options).dump(-1, ' ', false, ConfigJson::error_handler_t::replace);
  }

 private:
  struct Declaration {
    std::string name;
    ConfigType type;
    std::string description;
    bool is_required = false;
    bool is_secret = false;
  };
  struct Access {
    std::function<void(Options&, const ConfigValue&)> read;
    std::function<std::optional<ConfigJson>(const Options&)> write;
  };
  struct Member {
    std::string name;
    Access access;
  };

  static ConfigField SchemaOf(std::vector<NamedField> fields) {
    auto shape = ConfigType::Shape(std::move(fields)).value();
    return ConfigField::Make({.type = std::move(shape)}).value();
  }

  Result<ConfigTree> Parse(std::string_view json) const {
    auto parsed = ParseConfigJson(json);
    if (!parsed) return parsed.error().While(fmt::format("config of {}", owner_));
    return ConfigTree(*std::move(parsed), "code");
  }

  FieldList&& Add(Declaration declared, Access access) && {
    std::optional<ConfigJson> default_value;
    if (!declared.is_required) default_value = access.write(Options());
    auto field = ConfigField::Make({.type = std::move(declared.type),
                                    .description = std::move(declared.description),
                                    .default_value = std::move(default_value),
                                    .is_required = declared.is_required,
                                    .is_secret = declared.is_secret});
    std::vector<NamedField> fields = schema_.type().template As<ShapeType>()->fields;
    fields.push_back({declared.name, std::move(field).value()});
    schema_ = SchemaOf(std::move(fields));
    members_.push_back({std::move(declared.name), std::move(access)});
    return std::move(*this);
  }

  std::string owner_;
  ConfigField schema_;
  std::vector<Member> members_;
};

}  // namespace entrepot
