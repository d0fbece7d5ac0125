#pragma once

/// \file entrepot/config/fields.h
/// Configurable types declare their fields once; reading, writing, help and errors
/// follow.
///
///   struct ServerOptions { std::string host = "localhost"; bool trace = false; };
///
///   const FieldList<ServerOptions>& ServerFields() {
///     static const auto fields = FieldList<ServerOptions>("server")
///         .Text("host", &ServerOptions::host, "Where to listen.")
///         .Flag("trace", &ServerOptions::trace, "Log every request.");
///     return fields;
///   }
///
///   ServerFields().Read(R"({"hots": "x"})")
///   // error: config of server has no field 'hots'; did you mean 'host'?

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "entrepot/result.h"

namespace entrepot {

/// What a user may know about one field. Plain data.
struct FieldInfo {
  std::string name;
  std::string type;           ///< "text", "bool", or the choices: "'full' or 'fast'".
  std::string default_value;  ///< As JSON.
  std::string description;
};

namespace internal {

/// Parses `json` and checks that it is an object of known field names.
Result<nlohmann::ordered_json> ParseConfig(std::string_view owner, std::string_view json,
                                           std::span<const FieldInfo> fields);

/// Returns "config of <owner>: field 'x' must be <expected>, not <given>".
Error WrongField(std::string_view owner, const FieldInfo& field,
                 const nlohmann::ordered_json& given);

}  // namespace internal

/// The fields of an options struct, in the order they were declared. Concurrent const use
/// only.
template <typename Options>
class FieldList {
 public:
  using Json = nlohmann::ordered_json;

  /// Takes the name of the configurable type, for messages.
  explicit FieldList(std::string owner) : owner_(std::move(owner)) {}

  FieldList&& Text(std::string name, std::string Options::* member,
                   std::string description) && {
    return std::move(*this).Add(
        std::move(name), "text", std::move(description),
        [member](Options& options, const Json& json) {
          if (!json.is_string()) return false;
          options.*member = json.get<std::string>();
          return true;
        },
        [member](const Options& options) { return Json(options.*member); });
  }

  FieldList&& Flag(std::string name, bool Options::* member, std::string description) && {
    return std::move(*this).Add(
        std::move(name), "true or false", std::move(description),
        [member](Options& options, const Json& json) {
          if (!json.is_boolean()) return false;
          options.*member = json.get<bool>();
          return true;
        },
        [member](const Options& options) { return Json(options.*member); });
  }

  template <typename Enum>
  FieldList&& Choice(std::string name, Enum Options::* member,
                     std::vector<std::pair<std::string, Enum>> choices,
                     std::string description) && {
    std::string type;
    for (const auto& [spelling, value] : choices) {
      type += fmt::format("{}'{}'", type.empty() ? "" : " or ", spelling);
    }
    auto write = [member, choices](const Options& options) {
      for (const auto& [spelling, value] : choices) {
        if (options.*member == value) return Json(spelling);
      }
      return Json();
    };
    auto read = [member, choices = std::move(choices)](Options& options,
                                                       const Json& json) {
      for (const auto& [spelling, value] : choices) {
        if (json.is_string() && json.get<std::string>() == spelling) {
          options.*member = value;
          return true;
        }
      }
      return false;
    };
    return std::move(*this).Add(std::move(name), std::move(type), std::move(description),
                                std::move(read), std::move(write));
  }

  /// Reads a JSON object over `defaults`.
  ///
  /// Errors: kInvalid  not an object, an unknown field (the nearest is named), a wrong
  /// type
  Result<Options> Read(std::string_view json, Options defaults = {}) const {
    ENTREPOT_ASSIGN_OR_RETURN(const Json config,
                              internal::ParseConfig(owner_, json, infos_));
    Options options = std::move(defaults);
    for (size_t i = 0; i < infos_.size(); ++i) {
      const auto given = config.find(infos_[i].name);
      if (given != config.end() && !access_[i].read(options, *given)) {
        return internal::WrongField(owner_, infos_[i], *given);
      }
    }
    return options;
  }

  /// Writes all fields as a JSON object: what Read takes.
  std::string Write(const Options& options) const {
    Json config = Json::object();
    for (size_t i = 0; i < infos_.size(); ++i)
      config[infos_[i].name] = access_[i].write(options);
    return config.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  std::span<const FieldInfo> infos() const { return infos_; }

 private:
  struct Access {
    std::function<bool(Options&, const Json&)> read;
    std::function<Json(const Options&)> write;
  };

  FieldList&& Add(std::string name, std::string type, std::string description,
                  std::function<bool(Options&, const Json&)> read,
                  std::function<Json(const Options&)> write) && {
    infos_.push_back({std::move(name), std::move(type), write(Options()).dump(),
                      std::move(description)});
    access_.push_back({std::move(read), std::move(write)});
    return std::move(*this);
  }

  std::string owner_;
  std::vector<FieldInfo> infos_;
  std::vector<Access> access_;
};

}  // namespace entrepot
