#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "entrepot/cli/display_width_internal.h"
#include "entrepot/cli/session_internal.h"
#include "entrepot/cli/shell_word_internal.h"

namespace entrepot::internal {

bool Session::has_definitions() const {
  return host_.definitions != nullptr || !options_.source.file.empty() ||
         !options_.source.module.empty();
}

std::string Session::NameOfDefinitions() const {
  if (!options_.source.file.empty()) return fmt::format("'{}'", options_.source.file);
  if (!options_.source.module.empty()) return fmt::format("'{}'", options_.source.module);
  return fmt::format("'{}'", host_.program);
}

Result<Definitions> Session::LoadDefinitions() const {
  const bool is_named = !options_.source.file.empty() || !options_.source.module.empty();
  try {
    if (is_named) return host_.load_definitions(options_.source);
    if (host_.definitions) return host_.definitions();
  } catch (const ErrorException& e) {
    return e.error();
  } catch (...) {
    return Error::FromException(std::current_exception());
  }
  if (!host_.load_definitions) return Invalid("{}", kNoDefinitions);
  return Invalid("there are no definitions; name them: {} -f file.py …, or -m module",
                 host_.program);
}

Result<const CheckedDefinitions*> Session::CheckDefinitions() {
  if (!checked_) {
    const auto check = [this]() -> Result<CheckedDefinitions> {
      auto definitions = LoadDefinitions();
      if (!definitions) {
        if (!has_definitions()) return definitions.error();
        return definitions.error().While(
            fmt::format("making the definitions of {}", NameOfDefinitions()));
      }
      auto graph = definitions->Graph();
      if (!graph) {
        return graph.error().While(
            fmt::format("checking the definitions of {}", NameOfDefinitions()));
      }
      return CheckedDefinitions{*std::move(definitions), *std::move(graph)};
    };
    checked_.emplace(check());
  }
  if (!*checked_) return checked_->error();
  return &**checked_;
}

const CheckedDefinitions* Session::TryDefinitions() {
  if (!has_definitions()) return nullptr;
  const bool is_first = !checked_;
  const auto checked = CheckDefinitions();
  if (checked) return *checked;
  if (is_first) {
    Warn(fmt::format("going on without the definitions of {}:", NameOfDefinitions()));
    Report("", checked.error());
  }
  return nullptr;
}

Result<std::string> Session::InstanceFolder() const {
  if (!options_.instance.empty()) return options_.instance;
  return Instance::HomeFromEnvironment();
}

Result<std::shared_ptr<Instance>> Session::OpenInstance() {
  ENTREPOT_ASSIGN_OR_RETURN(const std::string folder, InstanceFolder());
  std::error_code failure;
  if (!std::filesystem::exists(folder + "/entrepot.db", failure)) {
    if (failure && failure != std::errc::no_such_file_or_directory &&
        failure != std::errc::not_a_directory) {
      return FromErrno(failure.value(),
                       fmt::format("looking for an instance in '{}'", folder));
    }
    return NotFound(
        "there is no instance in '{}'; materialize something, or name another folder "
        "with "
        "--instance or ENTREPOT_HOME",
        folder);
  }
  return MakeInstance(host_.instance_options);
}

Result<std::shared_ptr<Instance>> Session::MakeInstance(InstanceOptions options) {
  if (!instance_) {
    ENTREPOT_ASSIGN_OR_RETURN(const std::string folder, InstanceFolder());
    ENTREPOT_ASSIGN_OR_RETURN(instance_, Instance::Open(folder, std::move(options)));
  }
  return instance_;
}

std::string Session::Command(std::initializer_list<std::string_view> arguments) const {
  std::string command = host_.program;
  if (!options_.source.file.empty()) command += " -f " + ShellWord(options_.source.file);
  if (!options_.source.module.empty())
    command += " -m " + ShellWord(options_.source.module);
  if (!options_.instance.empty())
    command += " --instance " + ShellWord(options_.instance);
  for (const std::string_view argument : arguments) command += " " + ShellWord(argument);
  return command;
}

void Session::PrintJson(const nlohmann::ordered_json& json) const {
  out() << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
        << '\n';
}

void Session::Report(std::string_view what, const Error& error) const {
  out().flush();  // So that a terminal shows both in the order they were written.
  err() << Emphasize("error:", Emphasis::kBad, host_.err.use_color) << ' ' << what
        << PrintableLines(error.message(), "  ") << '\n';
  for (auto line = error.context().rbegin(); line != error.context().rend(); ++line) {
    err() << "  while " << PrintableLines(*line, "  ") << '\n';
  }
  if (error.exception() && host_.describe_exception) {
    const std::string more = host_.describe_exception(error.exception());
    if (!more.empty() && more != error.message()) {
      err() << "  " << PrintableLines(more, "  ") << '\n';
    }
  }
}

void Session::Warn(std::string_view text) const {
  out().flush();
  err() << Emphasize("warning:", Emphasis::kHeading, host_.err.use_color) << ' ' << text
        << '\n';
}

void Session::Finish(const Status& status) {
  if (status) return;
  Report("", status.error());
  exit_code_ = ExitCodeFor(status.error().code());
}

}  // namespace entrepot::internal
