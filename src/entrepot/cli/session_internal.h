#pragma once

/// \file entrepot/cli/session_internal.h
/// What the verbs of one command share.

#include <initializer_list>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "entrepot/cli/run_cli.h"
#include "entrepot/cli/stream_internal.h"
#include "entrepot/cli/text_table_internal.h"
#include "entrepot/graph/step_graph.h"

namespace entrepot::internal {

/// What a host without definitions, and without a way to read some, says when they are
/// needed.
inline constexpr char kNoDefinitions[] =
    "this is the C++ command: it has no definitions of its own; run a program built with "
    "RunMain, or the Python package's `entrepot -f file.py …`";

/// The options that stand before any verb.
struct GlobalOptions {
  std::string instance;  ///< A folder; "": as the environment says.
  DefinitionsSource source;
};

/// Definitions that were checked, and their graph.
struct CheckedDefinitions {
  Definitions definitions;
  StepGraph graph;
};

/// Holds the streams, the definitions and the instance (both made when first asked for),
/// and the exit code. One thread at a time.
class Session {
 public:
  explicit Session(CliHost host) : host_(std::move(host)) {}

  const CliHost& host() const { return host_; }
  GlobalOptions& options() { return options_; }
  std::ostream& out() const { return *host_.out.stream; }
  std::ostream& err() const { return *host_.err.stream; }

  /// Whether -f, -m or the program itself brings definitions.
  bool has_definitions() const;

  /// Returns the definitions, made and checked once.
  ///
  /// Errors: kInvalid  there are none, or every fault of them; kUserCode  making them
  /// threw
  Result<const CheckedDefinitions*> CheckDefinitions();

  /// Returns the definitions where there are any that work; else null, after a warning
  /// where they do not. For verbs that can do without.
  const CheckedDefinitions* TryDefinitions();

  /// Returns the instance's folder.
  Result<std::string> InstanceFolder() const;

  /// Returns the instance, which must be there already: looking makes nothing.
  ///
  /// Errors: kNotFound  there is none
  Result<std::shared_ptr<Instance>> OpenInstance();

  /// Returns the instance, made where it is not there; `options` are those of the host
  /// but for what the verb changes.
  Result<std::shared_ptr<Instance>> MakeInstance(InstanceOptions options);

  /// Returns `arguments` as the user would have to type them to reach the same
  /// definitions and instance, e.g. "./flights --instance x show raw/flights".
  std::string Command(std::initializer_list<std::string_view> arguments) const;

  /// Prints data.
  void PrintJson(const nlohmann::ordered_json& json) const;
  void Print(const TextTable& table) const {
    table.Print(out(), host_.out.use_color, WidthNow(host_.out));
  }
  std::string Out(std::string_view text, Emphasis emphasis) const {
    return Emphasize(text, emphasis, host_.out.use_color);
  }

  /// Tells of an error: message, what was being done, and what the host knows of the
  /// exception. `what` goes before it, e.g. "raw/flights: ".
  void Report(std::string_view what, const Error& error) const;
  void Warn(std::string_view text) const;

  /// Ends the command: reports an error, and takes the exit code from it.
  void Finish(const Status& status);
  void set_exit_code(int exit_code) { exit_code_ = exit_code; }
  int exit_code() const { return exit_code_; }

 private:
  Result<Definitions> LoadDefinitions() const;
  std::string NameOfDefinitions() const;

  CliHost host_;
  GlobalOptions options_;
  std::optional<Result<CheckedDefinitions>> checked_;
  std::shared_ptr<Instance> instance_;
  int exit_code_ = 0;
};

}  // namespace entrepot::internal
